"""State of an unfinished training run on disk, so that a killed job goes on where it was.

The files lie where Snakemake does not know them, in a folder named after a digest of everything that
shapes the run; a changed run therefore never finds the state of another. Each file is written whole or
not at all and carries a digest of its content; the one before it is kept, and used when the last is damaged.
"""

import contextlib
import hashlib
import json
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import safetensors
import safetensors.torch
import torch

from singmap.files.storage import atomic_path
from singmap.runtime.logs import tell_user

KEPT = 2
DIGEST_CHARACTERS = 16
SAMPLED_BYTES = 1 << 26  # of each array's content that enters the digest of the data

State = tuple[dict[str, torch.Tensor], dict]


class TerminationFlag:
    """Whether a signal has asked to stop. No threading.Event: its lock blocks when a second signal comes."""

    def __init__(self):
        self.is_set = False

    def set(self, *_signal) -> None:
        """Take note; a signal handler."""
        self.is_set = True


class ResumeStore:
    """Saves and finds the state of one run.

    Parameters
    ----------
    folder : of this model and seed; the runs' own folders lie in it
    key : digest of all that shapes the run, see `run_key`
    """

    def __init__(self, folder: str | Path, key: str):
        self.parent = Path(folder)
        self.folder = self.parent / key

    def save(self, tensors: dict[str, torch.Tensor], facts: dict) -> None:
        """Write one more state: tensors, and facts that JSON can hold."""
        last = self._numbered()
        number = last[0][0] + 1 if last else 1
        text = json.dumps(facts)
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        metadata = {"facts": text, "sha256": _digest(tensors, text)}
        with atomic_path(self.folder / f"state-{number:08d}.safetensors") as part:
            safetensors.torch.save_file(tensors, part, metadata)
        for _, path in last[KEPT - 1 :]:
            path.unlink(missing_ok=True)

    def load(self) -> State | None:
        """Return the last whole state of this run, None if there is none; tell of damaged ones."""
        for _, path in self._numbered():
            try:
                return _read(path)
            except (OSError, ValueError, KeyError, safetensors.SafetensorError) as error:
                tell_user(f"Warning: {path} is damaged ({error}); the state before it is used")
        return None

    def clear(self) -> None:
        """Remove the states of this model and seed, those of changed runs too."""
        shutil.rmtree(self.parent, ignore_errors=True)

    def _numbered(self) -> list[tuple[int, Path]]:
        """Numbers and paths of the states, the last first."""
        paths = self.folder.glob("state-*.safetensors")
        return sorted(((int(path.stem.partition("-")[2]), path) for path in paths), reverse=True)


def run_key(facts: dict) -> str:
    """Short digest of what shapes a run (settings, code, data, seed ...), as values that JSON can hold."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:DIGEST_CHARACTERS]


def data_digest(*arrays: np.ndarray) -> str:
    """Short digest of arrays: up to SAMPLED_BYTES all their bytes, of larger ones evenly spaced rows."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape} {array.dtype}".encode())
        step = max(1, -(-array.nbytes // SAMPLED_BYTES))
        digest.update(np.ascontiguousarray(array[::step]))
    return digest.hexdigest()[:DIGEST_CHARACTERS]


@contextlib.contextmanager
def termination_flag() -> Iterator[TerminationFlag]:
    """Set the yielded flag on SIGTERM or SIGINT, instead of dying at once; only in the main thread."""
    asked = TerminationFlag()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, asked.set) for number in signals]
    try:
        yield asked
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _read(path: Path) -> State:
    with safetensors.safe_open(path, "pt") as handle:
        metadata = handle.metadata()
        tensors = {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118, no dict
    if _digest(tensors, metadata["facts"]) != metadata["sha256"]:
        raise ValueError("its content does not match its digest")
    return tensors, json.loads(metadata["facts"])


def _digest(tensors: dict[str, torch.Tensor], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].numpy().tobytes())
    return digest.hexdigest()
