"""The finished files of one model, seed and method: matrices of all segments, and their curves.

Matrices of diagonals alone are stored as vectors. A study may store the others in half precision, which is
done for a file where that moves every matrix by at most HALF_ERROR_MAX: where gains are too large or too
small for it, the file stays in single precision.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from singmap.files.storage import atomic_path, load_array
from singmap.files.tables import Curve, columns, write_table
from singmap.mapping.result import MappingResult
from singmap.runtime.errors import REBUILD, InputError

LOWER_RATE = "the method diverged: lower its learning rate in section mapping"
HALF_ERROR_MAX = 2.0**-11  # norm of the change over that of the matrix; rounding alone gives half of that
DTYPES = ("float32", "float16")


class Mappings:
    """The matrices of all segments, one read at a time: (n_bins, n_bins), finite, float32.

    stored : (n_segments, n_bins, n_bins), or of diagonals (n_segments, n_bins)
    """

    def __init__(self, path: Path, stored: np.ndarray):
        self._path, self._stored = path, stored

    def __len__(self) -> int:
        return len(self._stored)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[segment] for segment in range(len(self)))

    def __getitem__(self, segment: int) -> np.ndarray:
        matrix = np.array(self._stored[segment], dtype=np.float32)
        require_matrix(self._path, matrix)
        return np.diag(matrix) if matrix.ndim == 1 else matrix


def write_stack(
    path: Path, matrices: Callable[[], Iterable[np.ndarray]], n_matrices: int, dtype: str = "float32"
) -> None:
    """Write matrices (n_out, n_in) as a file that `Mappings` reads, asking for one at a time.

    matrices : gives all, in their order; asked twice
    dtype : float32, or float16 for half precision where it serves
    """
    is_diagonal, stored_dtype = _form(path, matrices(), dtype)
    # Written, not mapped: a full disk kills a process that writes through a map, and leaves the part.
    with atomic_path(path) as part, part.open("wb") as file:
        for number, matrix in enumerate(matrices()):
            stored = np.diag(matrix) if is_diagonal else matrix
            if number == 0:
                shape = (n_matrices, *stored.shape)
                header = {"descr": stored_dtype.str, "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, header)
            file.write(stored.astype(stored_dtype, order="C").tobytes())


def write_curves(path: Path, results: Iterable[MappingResult]) -> None:
    """Write the curves of all segments, in their order, as the table Curve."""
    curves = [result.curve.assign(segment=segment) for segment, result in enumerate(results)]
    write_table(path, pd.concat(curves, ignore_index=True)[columns(Curve)], Curve)


def open_mappings(path: str | Path, n_segments: int, n_bins: int) -> Mappings:
    """The matrices of all segments; raises InputError where shape or dtype is another than expected."""
    stored = load_array(path)
    shapes = [(n_segments, n_bins, n_bins), (n_segments, n_bins)]
    if stored.shape not in shapes or stored.dtype not in DTYPES:
        expected = f"shape {shapes[0]} or {shapes[1]} of {' or '.join(DTYPES)}"
        raise InputError(str(path), expected, f"{stored.shape} of {stored.dtype}", REBUILD)
    return Mappings(Path(path), stored)


def require_matrix(path: str | Path, matrix: np.ndarray, remedy: str = REBUILD) -> None:
    """Raise InputError, naming the file that it is of, for a matrix that is not finite."""
    if not np.isfinite(matrix).all():
        raise InputError(str(path), "finite matrices", "NaN or infinity", remedy)


def fits_half(matrix: np.ndarray) -> bool:
    """Whether half precision moves a matrix by at most HALF_ERROR_MAX."""
    with np.errstate(over="ignore"):
        change = matrix - matrix.astype(np.float16).astype(np.float32)
    moved = np.linalg.norm(change) <= HALF_ERROR_MAX * np.linalg.norm(matrix)
    return bool(np.isfinite(change).all() and moved)


def _form(path: Path, matrices: Iterable[np.ndarray], dtype: str) -> tuple[bool, np.dtype]:
    """Whether all matrices are diagonal, and the dtype to store them in, `dtype` if that serves."""
    is_diagonal, is_half = True, dtype == "float16"
    for number, matrix in enumerate(matrices):
        require_matrix(path, matrix, f"{LOWER_RATE} (matrix {number})")
        is_diagonal = is_diagonal and np.count_nonzero(matrix) == np.count_nonzero(matrix.diagonal())
        is_half = is_half and fits_half(matrix)
    return is_diagonal, np.dtype("<f2" if is_half else "<f4")
