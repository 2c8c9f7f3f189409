"""What a job wrote, recorded below the results: a job that reads it later sees whether it was changed since.

For every output R/<place> of a job there is R/records/<place>.json, with the rule and a digest of the file,
or of each file in a folder. Files that were swapped, cut, edited or taken from another study are found,
however well-formed each is. Without a record (results of an earlier version, or of another workflow) nothing
is compared, and readers see only what is wrong in itself.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from singmap.runtime.errors import REBUILD, InputError
from singmap.runtime.logs import tell_user

FOLDER = "records"
WHOLE_BYTES = 1 << 23  # files up to this size are digested whole; of larger ones
SAMPLE_BYTES = 1 << 12  # pieces of this size,
SAMPLES_MIN = 1 << 11  # at least so many of them
STRIDE_MAX_BYTES = 1 << 20  # and at most so far apart: 400 MB of a cache of 100 GB
SNAKEMAKES_OWN = ".snakemake_timestamp"


def results_folder(log: str | Path) -> Path | None:
    """The study's results, of which `log`, R/logs/<rule>/<job>.log, is one; None for another place."""
    return next((folder.parent for folder in Path(log).parents if folder.name == "logs"), None)


def record_outputs(results: Path, rule: str, outputs: Iterable[Path]) -> None:
    """Record what a job of `rule` has just written; outputs elsewhere than below `results` are left out."""
    for output in outputs:
        if output.is_relative_to(results):
            digests = {place: content_digest(output / place) for place in _places(output)}
            _write(_record_path(results, output), {"rule": rule, "files": digests})


def check_inputs(results: Path, inputs: Iterable[Path]) -> None:
    """Raise InputError for the first file of `inputs`, files and folders, that is not as it was written."""
    for path in inputs:
        record = _read(_record_path(results, path)) if path.is_relative_to(results) else None
        for place, digest in record["files"].items() if record else ():
            file = path / place
            expected = f"the content that {record['rule']} wrote" if record else ""
            if not file.is_file():
                raise InputError(str(file), expected, "no file", REBUILD)
            if content_digest(file) != digest:
                raise InputError(str(file), expected, "other content", REBUILD)


def dated_after(results: Path, moment_s: float) -> list[Path]:
    """Recorded outputs that, by their dates, were written after a moment, in seconds since 1970."""
    records = results / FOLDER
    places = (
        str(path.relative_to(records)).removesuffix(".json") for path in sorted(records.rglob("*.json"))
    )
    outputs = (results / place for place in places)
    return [path for path in outputs if path.exists() and path.stat().st_mtime > moment_s]


def gone_files(results: Path) -> dict[Path, list[str]]:
    """Recorded folders that are there, with those of their files that no longer are."""
    records = results / FOLDER
    gone: dict[Path, list[str]] = {}
    for path in sorted(records.rglob("*.json")):
        folder = results / str(path.relative_to(records)).removesuffix(".json")
        if folder.is_dir():
            record = _read(path) or {"files": {}}
            places = [place for place in record["files"] if not (folder / place).exists()]
            gone |= {folder: places} if places else {}
    return gone


def content_digest(path: Path) -> str:
    """SHA-256 of a file's size and content; of a large file's size, ends and evenly spaced pieces."""
    with path.open("rb", buffering=0) as file:
        n_bytes = os.fstat(file.fileno()).st_size
        digest = hashlib.sha256(f"{n_bytes} ".encode())
        if n_bytes <= WHOLE_BYTES:
            digest.update(file.read())
            return digest.hexdigest()
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)  # else all between is read as well
        for offset in range(0, n_bytes, min(n_bytes // SAMPLES_MIN, STRIDE_MAX_BYTES)):
            digest.update(os.pread(file.fileno(), SAMPLE_BYTES, offset))
        digest.update(os.pread(file.fileno(), SAMPLE_BYTES, n_bytes - SAMPLE_BYTES))
    return digest.hexdigest()


def _places(output: Path) -> list[str]:
    """The files of an output relative to it: those below a folder, or the file itself."""
    if not output.is_dir():
        return ["."]
    files = (path for path in output.rglob("*") if path.is_file() and path.name != SNAKEMAKES_OWN)
    return sorted(str(path.relative_to(output)) for path in files)


def _record_path(results: Path, path: Path) -> Path:
    return results / FOLDER / f"{path.relative_to(results)}.json"


def _read(path: Path) -> dict[str, Any] | None:
    """A record; None where there is none, or a damaged one, which is told."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {"rule": str(record["rule"]), "files": dict(record["files"])}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        tell_user(f"Warning: {path} is damaged ({error!r}); what it records is not compared")
        return None


def _write(path: Path, record: dict[str, Any]) -> None:
    """Write a record whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=1)
        os.chmod(part, 0o644)
        os.replace(part, path)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise
