"""From the address of an archive to a folder of its files: download, check, unpack, and remember.

No checksum is published for most of MUSDB18's archives. Where none is configured, that of the first
download is recorded in ``checksums.json`` and every later download from the same address must match it.
Unpacked files lie in a folder named by their archive's checksum: another archive never takes their place.
"""

import contextlib
import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

from singmap.data.download import PATIENCE, Patience, download, sha256_of
from singmap.data.unpack import ArchiveError, unpack
from singmap.files.storage import read_json, write_json
from singmap.runtime.errors import AGAIN, InputError
from singmap.runtime.logs import tell_user

RECORD = ".archive.json"  # in the unpacked folder: the address, checksum and files of its archive
CHECKSUMS = "checksums.json"
ANEW = "run snakemake again to download it anew"
DIGEST_CHARACTERS = 12  # of a digest, in the name of the folder that it belongs to


class ArchiveRecord(TypedDict):
    """Where unpacked files came from: address, checksum and size of their archive."""

    url: str
    sha256: str
    n_bytes: int


def fetch_archive(
    url: str, folder: Path, sha256: str | None, unpacked_bytes: int = 0, patience: Patience = PATIENCE
) -> tuple[Path, ArchiveRecord]:
    """Return the folder with the unpacked archive, and the record of where it came from.

    Parameters
    ----------
    url : http://, https://, or file:// for an archive at hand, which is left in place
    folder : holds the download while it runs, ``checksums.json`` and the unpacked ``data-<checksum>``
    sha256 : expected checksum in hexadecimal; None to trust the first download
    unpacked_bytes : expected size of the unpacked files, for the check of the disk before downloading
    patience : how long to insist on a download that breaks off

    A folder that an earlier run unpacked from the same archive is used as it is when its files still have
    their sizes. Raises InputError as `download` and `unpack` do, and when the checksum differs.
    """
    with locked(folder):
        expected = sha256 or _known_checksums(folder).get(url)
        record = _intact_record(folder, expected) if expected else None
        if record is None:
            archive = _archive(url, folder, unpacked_bytes, patience)
            found = _verified(archive, url, folder, sha256)
            record = _intact_record(folder, found) or _unpacked(archive, url, folder, found)
            write_json(folder / CHECKSUMS, {**_known_checksums(folder), url: found})
        _download_path(url, folder).unlink(missing_ok=True)
    return _data_root(content_folder(folder, record["sha256"])), record


def content_folder(folder: Path, digest: str) -> Path:
    """Where the files that a digest in hexadecimal belongs to lie below a data set's `folder`."""
    return folder / f"data-{digest[:DIGEST_CHARACTERS]}"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process: two studies that fetch the same data set take turns."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell_user(f"[fetch] waiting for another process that fetches to {folder}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _intact_record(folder: Path, sha256: str) -> ArchiveRecord | None:
    """Return the record of the unpacked archive with this checksum, or None when it must be fetched."""
    data = content_folder(folder, sha256)
    if not (data / RECORD).is_file():
        return None
    content = read_json(data / RECORD)
    files = content.pop("files")
    record: ArchiveRecord = content
    intact = all(
        (data / name).is_file() and (data / name).stat().st_size == size for name, size in files.items()
    )
    if not intact:
        tell_user(f"[fetch] files in {data} are missing or damaged: fetching them again")
    return record if intact and record["sha256"] == sha256 else None


def _archive(url: str, folder: Path, unpacked_bytes: int, patience: Patience) -> Path:
    if url.startswith("file://"):
        path = Path(url.removeprefix("file://"))
        if not path.is_file():
            raise InputError("dataset.url", "an archive", f"nothing at {path}", "correct the path")
        return path
    path = _download_path(url, folder)
    if not path.exists():
        download(url, path, unpacked_bytes, patience)
    return path


def _download_path(url: str, folder: Path) -> Path:
    """Return a name that belongs to this address: what is left of one download is not taken for another."""
    return folder / f"archive-{hashlib.sha256(url.encode()).hexdigest()[:8]}.zip"


def _verified(archive: Path, url: str, folder: Path, sha256: str | None) -> str:
    """Return the archive's checksum; a wrong one is an error that names both, and the file is set aside."""
    checksums = _known_checksums(folder)
    expected = sha256 or checksums.get(url)
    found = sha256_of(archive)
    if expected is None:
        tell_user(f"[fetch] no checksum is known for {url}: if it unpacks, {found} is checked from now on")
    elif found != expected:
        kept = _set_aside(archive, folder)
        origin = "dataset.sha256" if sha256 else CHECKSUMS
        raise InputError(
            url,
            f"SHA-256 {expected} (from {origin})",
            f"SHA-256 {found} in {kept}",
            "run snakemake again to download it anew, or correct the checksum if the file has changed",
        )
    return found


def _unpacked(archive: Path, url: str, folder: Path, sha256: str) -> ArchiveRecord:
    """Unpack a verified archive below `folder` and return the record of it."""
    data, staging = content_folder(folder, sha256), folder / "unpacked"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        files = unpack(archive, staging)
    except ArchiveError as error:
        kept = _set_aside(archive, folder)
        remedy = ANEW if kept != archive and error.remedy == AGAIN else error.remedy
        raise InputError(url, error.expected, f"{error.found} in {kept}", remedy) from error
    record = ArchiveRecord(url=url, sha256=sha256, n_bytes=archive.stat().st_size)
    write_json(staging / RECORD, {**record, "files": files})
    shutil.rmtree(data, ignore_errors=True)
    staging.rename(data)
    return record


def _known_checksums(folder: Path) -> dict[str, str]:
    return read_json(folder / CHECKSUMS) if (folder / CHECKSUMS).exists() else {}


def _set_aside(archive: Path, folder: Path) -> Path:
    """Rename a bad download, so that the next run starts anew and the file can be examined."""
    return archive.replace(folder / f"bad-{archive.name}") if archive.parent == folder else archive


def _data_root(data: Path) -> Path:
    """Return the folder that holds train/ and test/: the archive's top, or a single folder in it."""
    inside = [data, *sorted(path for path in data.iterdir() if path.is_dir())]
    return next((path for path in inside if (path / "train").is_dir()), data)
