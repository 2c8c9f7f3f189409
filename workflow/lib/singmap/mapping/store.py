"""The finished files of one model, seed and method: matrices of all segments, and their curves."""

import itertools
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from singmap.files.storage import atomic_path, load_array
from singmap.files.tables import Curve, columns, write_table
from singmap.mapping.result import MappingResult
from singmap.runtime.errors import REBUILD, InputError

LOWER_RATE = "the method diverged: lower its learning rate in section mapping"


def write_mappings(mapping: Path, curve: Path, results: Iterable[MappingResult], n_segments: int) -> None:
    """Write the results of all segments, of which one at a time is asked for.

    mapping : becomes (n_segments, n_out, n_in) float32 .npy; curve : becomes the table Curve
    """
    results = iter(results)
    first = next(results)
    curves = []
    # Written, not mapped: a full disk kills a process that writes through a map, and leaves the part.
    with atomic_path(mapping) as part, part.open("wb") as file:
        shape = (n_segments, *first.matrix.shape)
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for segment, result in enumerate(itertools.chain([first], results)):
            matrix = result.matrix.astype("<f4", order="C")
            require_matrix(mapping, matrix, f"{LOWER_RATE} (segment {segment})")
            file.write(matrix.tobytes())
            curves.append(result.curve.assign(segment=segment))
    write_table(curve, pd.concat(curves, ignore_index=True)[columns(Curve)], Curve)


def open_mappings(path: str | Path, n_segments: int, n_bins: int) -> np.ndarray:
    """Open the matrices of all segments, memory-mapped; raises InputError where shape or dtype is another.

    What is read of them goes through `require_matrix`.
    """
    stack = load_array(path)
    if stack.shape != (n_segments, n_bins, n_bins) or stack.dtype != np.float32:
        expected = f"shape {(n_segments, n_bins, n_bins)} of float32"
        raise InputError(str(path), expected, f"{stack.shape} of {stack.dtype}", REBUILD)
    return stack


def require_matrix(path: str | Path, matrix: np.ndarray, remedy: str = REBUILD) -> None:
    """Raise InputError, naming the file that it is of, for a matrix that is not finite."""
    if not np.isfinite(matrix).all():
        raise InputError(str(path), "finite matrices", "NaN or infinity", remedy)
