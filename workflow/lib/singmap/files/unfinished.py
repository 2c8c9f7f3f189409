"""What a job had done when it was killed: entries on disk, from which the same job goes on.

They lie where Snakemake does not know them, because it deletes the outputs of a job that failed, in a folder
named after a digest of everything that shapes the run: a changed run never finds what another one left. Each
entry is written whole or not at all and carries a digest of its content. One that was damaged afterwards
counts as absent, aloud.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from singmap.files.storage import atomic_path
from singmap.runtime.logs import tell_user

DIGEST_CHARACTERS = 16
SAMPLED_BYTES = 1 << 26  # of each array's content that enters `data_digest`


@dataclass(frozen=True)
class Entry:
    """Arrays by name, and facts that JSON can hold."""

    arrays: dict[str, np.ndarray]
    facts: dict[str, Any]


class UnfinishedRun:
    """Keeps and finds the entries of one run.

    Parameters
    ----------
    folder : of the job, whatever shapes its run; the runs' own folders lie in it
    key : digest of all that shapes the run, see `run_key`
    """

    def __init__(self, folder: Path, key: str):
        self._all_runs = folder
        self.folder = folder / key

    def keep(self, name: str, entry: Entry) -> None:
        """Write an entry under a name; one of that name is replaced."""
        text = json.dumps(entry.facts)
        # safetensors wants rows one after the other; np.ascontiguousarray would make rows of single numbers.
        arrays = {key: np.asarray(array, order="C") for key, array in entry.arrays.items()}
        metadata = {"facts": text, "sha256": _content_digest(arrays, text)}
        with atomic_path(self._path(name)) as part:
            safetensors.numpy.save_file(arrays, part, metadata)

    def names(self) -> list[str]:
        """Names of all entries, in alphabetical order; whether they are whole shows when they are loaded."""
        paths = self.folder.glob("[!.]*.safetensors")  # those with a dot are being written
        return sorted(path.stem for path in paths)

    def load(self, name: str) -> Entry | None:
        """The entry of a name; None where there is none, or a damaged one, which is told."""
        path = self._path(name)
        if not path.exists():
            return None
        try:
            return _read(path)
        except (OSError, ValueError, KeyError, safetensors.SafetensorError) as error:
            tell_user(f"Warning: {path} is damaged ({error}) and not used")
            return None

    def remove(self, name: str) -> None:
        """Remove an entry, if it is there."""
        self._path(name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove all entries, those of the job's changed runs too."""
        shutil.rmtree(self._all_runs, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.safetensors"


def run_key(facts: dict[str, Any]) -> str:
    """Short digest of what shapes a run (settings, code, data, seed ...), as values that JSON can hold."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:DIGEST_CHARACTERS]


def data_digest(*arrays: Any) -> str:
    """Short digest of arrays, or of what has their shape, dtype, nbytes and rows.

    It covers up to SAMPLED_BYTES all their bytes, of larger ones evenly spaced rows.
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape} {array.dtype}".encode())
        step = max(1, -(-array.nbytes // SAMPLED_BYTES))
        digest.update(np.ascontiguousarray(array[::step]).data)
    return digest.hexdigest()[:DIGEST_CHARACTERS]


def _read(path: Path) -> Entry:
    with safetensors.safe_open(path, "np") as handle:
        metadata = handle.metadata()
        arrays = {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118, no dict
    if _content_digest(arrays, metadata["facts"]) != metadata["sha256"]:
        raise ValueError("its content does not match its digest")
    return Entry(arrays, json.loads(metadata["facts"]))


def _content_digest(arrays: dict[str, np.ndarray], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].shape} {arrays[name].dtype}".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()
