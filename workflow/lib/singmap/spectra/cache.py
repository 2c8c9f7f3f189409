"""The cache of magnitude spectra that training and mapping read, in memory or streamed from disk.

A cache is a folder of ``mixture.npy`` and ``target.npy``, (n_frames, n_bins) linear magnitudes of all tracks
one after the other, and ``index.csv``, which says which frames belong to which track.
`singmap.spectra.write_cache` writes it.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from singmap.files.storage import load_array
from singmap.files.tables import SpectraIndex, read_table
from singmap.runtime.errors import REBUILD, InputError

ARRAYS = ("mixture", "target")
BLOCK_FRAMES = 64  # neighbours that are read together: half a megabyte at the paper's setting
POOL_BLOCKS = 256  # places of the data set that a batch is drawn from

Frames = NDArray[np.float32]  # (n_frames, n_bins) linear magnitudes
OnDisk = np.memmap[tuple[int, int], np.dtype[np.floating]]  # the same, float32 or float16


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

    def batches(
        self,
        batch_frames: int,
        seed: int,
        epoch: int,
        block_frames: int = BLOCK_FRAMES,
        pool_blocks: int = POOL_BLOCKS,
    ) -> Iterator[tuple[Frames, Frames]]:
        """Yield (mixture, target) batches of `batch_frames` frames in random order, float32, from disk.

        The order depends on the arguments only; every frame comes exactly once; the last batch may be
        smaller. Blocks of `block_frames` neighbouring frames are read in random order, `pool_blocks` of them
        at a time, and batches are drawn at random from this pool while the next one is being read. Memory:
        2 pools of block_frames * pool_blocks frames of both arrays.
        """
        generator = np.random.default_rng([seed, epoch])
        starts = generator.permutation(np.arange(0, self.n_frames, block_frames))
        groups = [starts[first : first + pool_blocks] for first in range(0, len(starts), pool_blocks)]
        left_over = [np.empty((0, self.n_bins), np.float32)] * len(ARRAYS)
        with ThreadPoolExecutor(1) as reader:
            upcoming = reader.submit(self._read_blocks, groups[0], block_frames, batch_frames)
            for following in [*groups[1:], None]:
                pool = upcoming.result()
                if following is not None:
                    upcoming = reader.submit(self._read_blocks, following, block_frames, batch_frames)
                for array, rows in zip(pool, left_over, strict=True):
                    array[batch_frames - len(rows) : batch_frames] = rows
                order = generator.permutation(np.arange(batch_frames - len(left_over[0]), len(pool[0])))
                n_used = len(order) if following is None else len(order) // batch_frames * batch_frames
                for first in range(0, n_used, batch_frames):
                    chosen = order[first : min(first + batch_frames, n_used)]
                    yield pool[0][chosen], pool[1][chosen]
                left_over = [array[order[n_used:]] for array in pool]

    def _read_blocks(self, starts: NDArray[np.int64], block_frames: int, spare_frames: int) -> list[Frames]:
        """Read the blocks that begin at `starts`, of both arrays, to (spare_frames + n_frames, n_bins) each.

        The first rows are spare, for frames left over. Files are read, not mapped: memory stays bounded.
        """
        lengths = np.minimum(starts + block_frames, self.n_frames) - starts
        stops = spare_frames + np.cumsum(lengths)
        pool = []
        for array in self._stored:
            rows = np.empty((stops[-1], self.n_bins), np.float32)
            with array.path.open("rb", buffering=0) as file:
                for start, length, stop in zip(starts, lengths, stops, strict=True):
                    file.seek(array.on_disk.offset + start * array.on_disk.strides[0])
                    block = np.fromfile(file, array.dtype, length * self.n_bins)
                    rows[stop - length : stop] = block.reshape(length, self.n_bins)
            require_magnitudes(array.path, rows[spare_frames:])
            pool.append(rows)
        return pool


def read_index(path: str | Path) -> pd.DataFrame:
    """Read the table SpectraIndex of a cache; raises InputError unless its tracks follow one another."""
    tracks = read_table(path, SpectraIndex)
    expected = tracks.n_frames.cumsum() - tracks.n_frames
    if not len(tracks) or (tracks.first_frame != expected).any() or tracks.track_id.duplicated().any():
        raise InputError(str(path), "tracks one after the other, each once", "others", REBUILD)
    return tracks


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
