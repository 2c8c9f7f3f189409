"""Magnitudes that are written to disk piece by piece."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class MagnitudeFile:
    """A .npy array of known shape that is written piece by piece, from any thread, without mapping it."""

    def __init__(self, path: Path, shape: tuple[int, int], dtype: str):
        self.dtype: np.dtype[np.floating] = np.dtype(dtype)
        self._row_bytes = shape[1] * self.dtype.itemsize
        with path.open("wb") as handle:
            header = {"descr": self.dtype.str, "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(handle, header)
            self._offset = handle.tell()
            # Claimed at once: a full disk shows here, and writing takes two thirds of the time.
            os.posix_fallocate(handle.fileno(), 0, self._offset + shape[0] * self._row_bytes)
        self._fd = os.open(path, os.O_WRONLY)

    def write(self, first_row: int, rows: NDArray[np.floating]) -> None:
        """Write `rows` (n_rows, n_columns) at `first_row`."""
        data = np.ascontiguousarray(rows, dtype=self.dtype).data.cast("B")
        offset = self._offset + first_row * self._row_bytes
        while data:
            written = os.pwrite(self._fd, data, offset)
            data, offset = data[written:], offset + written

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)
