"""Unpack a ZIP archive that may be damaged or hostile into a folder that is whole or absent."""

import errno
import shutil
import stat
import zipfile
import zlib
from collections import Counter
from pathlib import Path, PurePosixPath

from singmap.data.names import is_junk
from singmap.files.storage import full_disk
from singmap.runtime.disk import require_disk
from singmap.runtime.errors import AGAIN, InputError
from singmap.runtime.progress import Progress

MEMBERS_MAX = 20_000  # MUSDB18-HQ has 750 files
EXPANSION_MAX = 20  # audio shrinks little; MUSDB18-HQ's archive by a quarter
COPY_BYTES = 1 << 20
NAME_BYTES_MAX = 255  # of a file or folder, as Linux takes them
# What zipfile raises for damaged data, names that are not the UTF-8 that they claim to be, unknown or
# encrypted members, and a file in a folder's place.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeError,
    FileExistsError,
    NotADirectoryError,
)


class ArchiveError(InputError):
    """An archive that is damaged or not to be trusted."""


def unpack(archive: Path, folder: Path) -> dict[str, int]:
    """Unpack `archive` to the new folder `folder`; returns the size in bytes of every file by its path.

    Members are written to a folder beside `folder`, which takes its name when all have passed their CRC:
    a run that is killed leaves nothing that looks finished. What macOS adds to archives is left out.

    Raises ArchiveError for a damaged archive, for members that would leave the folder or are no plain files,
    and for absurd expansion; InputError when the disk is too small.
    """
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as opened:
            members = checked_members(opened, archive)
            require_disk(folder.parent, sum(members.values()), "unpacked data set")
            progress = Progress("unpack", len(members), "files")
            for name in progress.over(members):
                _extract(opened, name, part)
        part.rename(folder)
    except DAMAGE as error:
        raise ArchiveError(str(archive), "a whole ZIP archive", str(error), AGAIN) from error
    except OSError as error:
        raise full_disk(folder) if error.errno == errno.ENOSPC else error from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return members


def checked_members(opened: zipfile.ZipFile, archive: Path) -> dict[str, int]:
    """Return path and unpacked size in bytes of every file in the archive, after all checks of names."""
    infos = [info for info in opened.infolist() if not _is_left_out(info.filename)]
    if not infos:
        found = "none" if not opened.namelist() else "nothing but folders and what systems leave behind"
        raise ArchiveError(str(archive), "files of a data set", found, "check dataset.url")
    total_bytes = sum(info.file_size for info in infos)
    limit_bytes = EXPANSION_MAX * archive.stat().st_size
    if len(infos) > MEMBERS_MAX or total_bytes > limit_bytes:
        raise ArchiveError(
            str(archive),
            f"at most {MEMBERS_MAX} files and {limit_bytes} bytes",
            f"{len(infos)} files and {total_bytes} bytes",
            "such expansion is no audio: do not trust this archive",
        )
    for info in infos:
        _require_safe(info, archive)
    repeated = [name for name, uses in Counter(info.filename for info in infos).items() if uses > 1]
    if repeated:
        raise ArchiveError(str(archive), "every file once", f"{repeated[0]!r} repeatedly", AGAIN)
    return {info.filename: info.file_size for info in infos}


def _require_safe(info: zipfile.ZipInfo, archive: Path) -> None:
    path = PurePosixPath(info.filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    problem = ""
    if not path.parts:
        problem = "no name"
    elif path.is_absolute() or ".." in path.parts or "\\" in info.filename or ":" in path.parts[0]:
        problem = "a path that leaves the folder"
    elif kind not in (0, stat.S_IFREG):
        problem = "a link or special file"
    elif max(len(part.encode()) for part in path.parts) > NAME_BYTES_MAX:
        problem = f"a name of more than {NAME_BYTES_MAX} bytes"
    if problem:
        where, remedy = f"{archive}, member {info.filename!r}", "do not trust this archive"
        raise ArchiveError(where, "a plain file below the folder", problem, remedy)


def _is_left_out(name: str) -> bool:
    """Whether a member is a folder, which its files make anyway, or junk; not so where it has no name."""
    return name.endswith("/") or any(is_junk(part) for part in PurePosixPath(name).parts if part != "..")


def _extract(opened: zipfile.ZipFile, name: str, folder: Path) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(name) as source, path.open("xb") as copy:
        shutil.copyfileobj(source, copy, COPY_BYTES)  # reading checks size and CRC
