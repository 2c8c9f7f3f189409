"""Mappings on disk: finished segments of an unfinished run, and the whole file of all segments.

Finished segments lie in an undeclared folder whose name carries a digest of everything that made them, so
that a run which was killed goes on where it stopped and a changed run never takes up stale results.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from singmap.files.storage import (
    REBUILD,
    atomic_path,
    load_array,
    make_folder,
    read_csv,
    save_array,
    write_csv,
)
from singmap.mapping.method import Mapping
from singmap.runtime.errors import InputError


def run_digest(settings: dict, contents: Iterable[bytes | np.ndarray]) -> str:
    """Digest of settings (plain values) and of weights and frames, 16 hexadecimal digits."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for content in contents:
        digest.update(content if isinstance(content, bytes) else np.ascontiguousarray(content).data)
    return digest.hexdigest()[:16]


class MappingStore:
    """Results of one model, seed and method, segment by segment, until the whole file is written.

    Parameters
    ----------
    mappings, curve : the final files, (n_segments, n_out, n_in) float32 .npy and CSV
    unfinished : folder for the segments of runs that have not finished
    digest : of everything that determines the results
    """

    def __init__(self, mappings: str | Path, curve: str | Path, unfinished: str | Path, digest: str):
        self._mappings, self._curve = Path(mappings), Path(curve)
        self._unfinished = Path(unfinished)
        self._folder = self._unfinished / digest
        make_folder(self._folder)

    def finished(self, n_segments: int) -> list[int]:
        """Segments whose results an earlier run left whole; damaged files count as absent."""
        return [segment for segment in range(n_segments) if self._is_whole(segment)]

    def keep(self, segment: int, result: Mapping) -> None:
        """Store the result of one segment; its curve last, as the sign that both are there."""
        save_array(self._matrix_path(segment), result.matrix.astype(np.float32))
        write_csv(self._curve_path(segment), result.curve)

    def finish(self, n_segments: int) -> None:
        """Write all segments to the final files, one at a time in memory, and remove what is unfinished."""
        first = load_array(self._matrix_path(0))
        with atomic_path(self._mappings) as part:
            whole = np.lib.format.open_memmap(part, "w+", np.float32, (n_segments, *first.shape))
            for segment in range(n_segments):
                whole[segment] = load_array(self._matrix_path(segment))
            whole.flush()
        curves = [pd.read_csv(self._curve_path(s)).assign(segment=s) for s in range(n_segments)]
        curve = pd.concat(curves, ignore_index=True)
        write_csv(self._curve, curve[["segment", *curve.columns.drop("segment")]])
        shutil.rmtree(self._unfinished)

    def _is_whole(self, segment: int) -> bool:
        try:
            read_csv(self._curve_path(segment), ["iteration", "loss"])
            load_array(self._matrix_path(segment))
        except (FileNotFoundError, InputError):
            return False
        return True

    def _matrix_path(self, segment: int) -> Path:
        return self._folder / f"segment{segment}.npy"

    def _curve_path(self, segment: int) -> Path:
        return self._folder / f"segment{segment}.csv"


def open_mappings(path: str | Path, n_segments: int, n_bins: int) -> np.ndarray:
    """Open the matrices of all segments, memory-mapped; raises InputError where the shape is another."""
    stack = load_array(path)
    if stack.shape != (n_segments, n_bins, n_bins):
        raise InputError(str(path), f"shape {(n_segments, n_bins, n_bins)}", f"{stack.shape}", REBUILD)
    return stack
