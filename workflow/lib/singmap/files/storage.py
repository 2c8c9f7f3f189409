"""Files that are whole or absent: atomic writing, and reading that names what is wrong."""

import contextlib
import csv
import errno
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from singmap.runtime.errors import REBUILD, InputError

FULL_DISK_BYTES = 1 << 20
MAKE_FOLDER_TRIES = 10


@contextlib.contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is synced and renamed, on failure removed.

    What an earlier writer of `path` left when it was killed is removed first. Raises InputError when the disk
    is full.
    """
    path = Path(path)
    make_folder(path.parent)
    prefix = f".part-{path.stem}-"
    leftover = re.compile(f"{re.escape(prefix)}[a-z0-9_]+{re.escape(path.suffix)}")
    for other in path.parent.iterdir():
        if leftover.fullmatch(other.name):
            other.unlink(missing_ok=True)
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=path.suffix)
    os.close(fd)
    part = Path(name)
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.chmod(0o666 & ~_umask())
        os.replace(part, path)
    except OSError as error:
        if _tells_full_disk(error, path.parent):
            raise full_disk(path) from error
        raise
    finally:
        part.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder and its parents; tried again when another job removes a parent that it just emptied."""
    for _ in range(MAKE_FOLDER_TRIES - 1):
        with contextlib.suppress(FileNotFoundError):
            return folder.mkdir(parents=True, exist_ok=True)
    return folder.mkdir(parents=True, exist_ok=True)


def remove_emptied(*folders: Path) -> None:
    """Remove folders, the innermost first, up to the first one that holds something, or is gone already."""
    with contextlib.suppress(OSError):
        for folder in folders:
            folder.rmdir()


class FullDiskError(InputError):
    """No room is left: nothing else that is tried will be written either."""


def full_disk(path: str | Path) -> FullDiskError:
    """The error to raise when `path` can't be written for want of space."""
    return FullDiskError(str(path), "room on the disk", "none left", "free some and run snakemake again")


def write_json(path: str | Path, value: Any) -> None:
    """Write `value` as indented UTF-8 JSON, atomically; NaN and infinity are refused."""
    with atomic_path(path) as part:
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
        part.write_text(text + "\n", encoding="utf-8")


def read_json(path: str | Path) -> Any:
    """Read a JSON file; raises InputError that names the file when it is broken, or a number not finite."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except ValueError as error:
        raise InputError(str(path), "valid JSON", str(error), REBUILD) from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name}, which is no JSON number")


def write_csv(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a table as CSV without its index, atomically; `tables.write_table` also checks its columns."""
    with atomic_path(path) as part:
        # All text in quotes: a name may hold a lone carriage return, which would end a line.
        frame.to_csv(part, index=False, quoting=csv.QUOTE_NONNUMERIC)


def read_csv(path: str | Path, columns: Sequence[str], text: Sequence[str] = ()) -> pd.DataFrame:
    """Read a CSV table that must hold `columns`; raises InputError otherwise.

    Only empty fields are missing, and what is in the columns `text` stays text: a track may be called "01",
    "NA" or "null".
    """
    try:
        kinds = dict.fromkeys(text, str)
        frame = pd.read_csv(path, dtype=kinds, keep_default_na=False, na_values=[""])
    except ValueError as error:  # pandas' parser and empty-file errors are ValueErrors
        raise InputError(str(path), "a CSV table", str(error), REBUILD) from error
    missing = [name for name in columns if name not in frame]
    if missing:
        raise InputError(str(path), f"columns {list(columns)}", f"no {missing}", REBUILD)
    return frame


def save_array(path: str | Path, array: np.ndarray) -> None:
    """Write one array in NumPy's .npy format (memory-mappable, no pickle), atomically."""
    with atomic_path(path) as part, part.open("wb") as handle:
        np.save(handle, array, allow_pickle=False)


def load_array(path: str | Path, memory_map: bool = True) -> np.ndarray:
    """Open a .npy array, read-only and memory-mapped by default; raises InputError when damaged."""
    try:
        array: np.ndarray = np.load(path, mmap_mode="r" if memory_map else None, allow_pickle=False)
    except FileNotFoundError:
        raise
    except (ValueError, EOFError, OSError) as error:
        raise InputError(str(path), "a whole .npy array", str(error), REBUILD) from error
    return array


def _tells_full_disk(error: OSError, folder: Path) -> bool:
    """Whether an error of writing means a full disk; NumPy reports a short write without its cause."""
    short_write = error.errno is None and shutil.disk_usage(folder).free < FULL_DISK_BYTES
    return error.errno == errno.ENOSPC or short_write


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
