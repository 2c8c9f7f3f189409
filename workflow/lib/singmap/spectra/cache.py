"""The cache of magnitude spectra that training and mapping read, in memory or streamed from disk.

A cache is a folder of ``mixture.npy`` and ``target.npy``, (n_frames, n_bins) linear magnitudes of all tracks
one after the other, and ``index.csv``, which says which frames belong to which track.
`singmap.spectra.write_cache` writes it.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from singmap.files.storage import load_array
from singmap.files.tables import SpectraIndex, read_table
from singmap.runtime.errors import REBUILD, InputError

ARRAYS = ("mixture", "target")
BLOCK_FRAMES = 64  # neighbours that are read together: half a megabyte at the paper's setting
POOL_BLOCKS = 256  # places of the data set that a batch is drawn from

Frames = NDArray[np.float32]  # (n_frames, n_bins) linear magnitudes
OnDisk = np.memmap[tuple[int, int], np.dtype[np.floating]]  # the same, float32 or float16


class SpectraCache:
    """A folder of cached spectra; arrays stay on disk until asked for.

    Attributes
    ----------
    tracks : table SpectraIndex
    n_frames, n_bins : size of the cache

    Raises InputError when files are missing, damaged or do not fit each other.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.tracks = read_table(self.folder / "index.csv", SpectraIndex)
        self._stored = tuple(self._mapped(name) for name in ARRAYS)
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

    def _mapped(self, name: str) -> OnDisk:
        return cast(OnDisk, load_array(self.folder / f"{name}.npy"))

    def _read_blocks(self, starts: NDArray[np.int64], block_frames: int, spare_frames: int) -> list[Frames]:
        """Read the blocks that begin at `starts`, of both arrays, to (spare_frames + n_frames, n_bins) each.

        The first rows are spare, for frames left over. Files are read, not mapped: memory stays bounded.
        """
        lengths = np.minimum(starts + block_frames, self.n_frames) - starts
        stops = spare_frames + np.cumsum(lengths)
        pool = []
        for name, array in zip(ARRAYS, self._stored, strict=True):
            rows = np.empty((stops[-1], self.n_bins), np.float32)
            with (self.folder / f"{name}.npy").open("rb", buffering=0) as file:
                for start, length, stop in zip(starts, lengths, stops, strict=True):
                    file.seek(array.offset + start * array.strides[0])
                    block = np.fromfile(file, array.dtype, length * self.n_bins)
                    rows[stop - length : stop] = block.reshape(length, self.n_bins)
            pool.append(rows)
        return pool
