"""The cache of magnitude spectra that training and mapping read, in memory or streamed from disk.

A cache is a folder of ``mixture.npy`` and ``target.npy``, (n_frames, n_bins) linear magnitudes of all tracks
one after the other, and ``index.csv``, which says which frames belong to which track.
`singmap.spectra.write_cache` writes it.
"""

from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from singmap.files.storage import load_array
from singmap.files.tables import SpectraIndex, read_table
from singmap.runtime.errors import REBUILD, InputError

ARRAYS = ("mixture", "target")

Frames = NDArray[np.float32]  # (n_frames, n_bins) linear magnitudes
OnDisk = np.memmap[tuple[int, int], np.dtype[np.floating]]  # the same, float32 or float16


class Rows(Protocol):
    """What gives rows of magnitudes, wherever they come from: an array, a file, decoded audio."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice | NDArray[np.integer], /) -> NDArray[np.floating]: ...


class Spectra(Protocol):
    """Spectra of tracks, one after the other, on disk or computed as they are read; see `SpectraCache`."""

    tracks: pd.DataFrame
    n_frames: int

    @property
    def mixture(self) -> Rows: ...

    @property
    def target(self) -> Rows: ...


class Magnitudes:
    """One array of a cache on disk, (n_frames, n_bins) float32 or float16, checked whenever rows are read.

    Rows are taken as of an array; raises InputError, which names the file, where they are no magnitudes.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        array = load_array(path)
        if array.ndim != 2 or array.dtype not in (np.float16, np.float32):
            found = f"shape {array.shape} of {array.dtype}"
            raise InputError(str(path), "magnitudes (n_frames, n_bins) of float16 or float32", found, REBUILD)
        self.on_disk = cast(OnDisk, array)
        self.shape, self.dtype = array.shape, array.dtype
        self.size, self.nbytes = array.size, array.nbytes

    def __len__(self) -> int:
        return len(self.on_disk)

    def __getitem__(self, rows: slice | NDArray[np.integer]) -> NDArray[np.floating]:
        try:
            found: NDArray[np.floating] = self.on_disk[rows]
        except IndexError as error:
            raise InputError(str(self.path), "all rows of the index", str(error), REBUILD) from error
        require_magnitudes(self.path, found)
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.floating]:
        """All rows, as NumPy asks for them."""
        return np.array(self[:], dtype=dtype)


class SpectraCache:
    """A folder of cached spectra; arrays stay on disk until asked for.

    Attributes
    ----------
    tracks : table SpectraIndex
    n_frames, n_bins : size of the cache

    Raises InputError when files are missing, damaged or do not fit each other; magnitudes are checked when
    they are read.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.tracks = read_index(self.folder / "index.csv")
        self._stored = tuple(Magnitudes(self.folder / f"{name}.npy") for name in ARRAYS)
        self.mixture, self.target = self._stored
        self.n_frames, self.n_bins = self.mixture.shape
        n_indexed = int(self.tracks.n_frames.sum())
        if self.target.shape != self.mixture.shape or n_indexed != self.n_frames:
            found = f"{self.mixture.shape}, {self.target.shape} and {n_indexed} frames in the index"
            raise InputError(str(self.folder), "arrays and index of one size", found, REBUILD)

    def load(self) -> tuple[Frames, Frames]:
        """Read mixture and target into memory, (n_frames, n_bins) float32 each."""
        return np.array(self.mixture, dtype=np.float32), np.array(self.target, dtype=np.float32)

    def read_blocks(
        self,
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        mixture: NDArray[np.floating],
        target: NDArray[np.floating],
    ) -> None:
        """Read blocks of neighbouring frames into arrays (n_frames, n_bins) of the stored formats.

        Files are read, not mapped: memory stays bounded, and other threads go on.
        """
        for array, rows in zip(self._stored, (mixture, target), strict=True):
            stops = np.cumsum(lengths)
            with array.path.open("rb", buffering=0) as file:
                for start, length, stop in zip(starts, lengths, stops, strict=True):
                    file.seek(array.on_disk.offset + start * array.on_disk.strides[0])
                    _read_into(rows[stop - length : stop], file, array.path)
            require_magnitudes(array.path, rows[: stops[-1]])


def read_index(path: str | Path) -> pd.DataFrame:
    """Read the table SpectraIndex of a cache; raises InputError unless its tracks follow one another."""
    tracks = read_table(path, SpectraIndex)
    expected = tracks.n_frames.cumsum() - tracks.n_frames
    if not len(tracks) or (tracks.first_frame != expected).any() or tracks.track_id.duplicated().any():
        raise InputError(str(path), "tracks one after the other, each once", "others", REBUILD)
    return tracks


def _read_into(rows: NDArray[np.floating], file: Any, path: Path) -> None:
    """Fill contiguous rows from where the file stands; it may give less at a time than it is asked for."""
    left = rows.view(np.uint8).reshape(-1).data
    while len(left):
        n_bytes = file.readinto(left)
        if not n_bytes:
            raise InputError(str(path), "all rows of the index", "an earlier end", REBUILD)
        left = left[n_bytes:]


def require_rows(magnitudes: Magnitudes, tracks: pd.DataFrame) -> None:
    """Raise InputError, naming the array's file, unless it has the rows of all `tracks` of its index."""
    n_indexed = int(tracks.n_frames.sum())
    if len(magnitudes) != n_indexed:
        raise InputError(str(magnitudes.path), f"{n_indexed} frames", f"{len(magnitudes)}", REBUILD)


def require_magnitudes(path: str | Path, magnitudes: NDArray[np.floating]) -> None:
    """Raise InputError, naming the file that they are of, unless all are finite and none is negative.

    In one pass over memory: as unsigned integers the bits of such numbers are below those of infinity, and
    all others are above.
    """
    bits = {2: np.uint16, 4: np.uint32}[magnitudes.dtype.itemsize]
    infinity = np.array(np.inf, magnitudes.dtype).view(bits)
    if magnitudes.size and magnitudes.view(bits).max() >= infinity:
        found = "NaN, infinity or negative numbers"
        raise InputError(str(path), "finite magnitudes from 0 up", found, REBUILD)
