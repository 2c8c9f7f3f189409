"""The random order in which a cache is gone through that is too large to be shuffled as a whole.

Frames lie on disk one after the other, and single ones are slow to read. So blocks of neighbouring frames
are read in random order, many of them make a pool, and batches are drawn at random from the pool. The order
is the same wherever the frames lie: on disk, in memory or on a GPU.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK_FRAMES = 64  # neighbours that are read together: half a megabyte at the paper's setting
POOL_BLOCKS = 256  # places of the data set that a batch is drawn from

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """What is read together, and what is drawn from it: first the frames kept from the pool before.

    starts, lengths : of the blocks, (n_blocks,) each, in frames
    kept : places in the pool before of its frames that filled no batch
    batches : places in this pool, one array for each batch; only the very last may be smaller
    """

    starts: Numbers
    lengths: Numbers
    kept: Numbers
    batches: list[Numbers]

    @property
    def n_read(self) -> int:
        """Number of frames in the blocks."""
        return int(self.lengths.sum())

    def frames(self) -> Numbers:
        """Numbers of the frames in the blocks, (n_read,)."""
        return np.concatenate([np.arange(s, s + n) for s, n in zip(self.starts, self.lengths, strict=True)])


def shuffled_pools(
    n_frames: int,
    batch_frames: int,
    seed: int,
    epoch: int,
    block_frames: int = BLOCK_FRAMES,
    pool_blocks: int = POOL_BLOCKS,
) -> Iterator[Pool]:
    """Yield the pools of an epoch, in whose batches every frame comes exactly once.

    The order depends on the arguments only.
    """
    generator = np.random.default_rng([seed, epoch])
    starts = generator.permutation(np.arange(0, n_frames, block_frames))
    kept = np.empty(0, np.int64)
    for first in range(0, len(starts), pool_blocks):
        group = starts[first : first + pool_blocks]
        lengths = np.minimum(group + block_frames, n_frames) - group
        order = generator.permutation(len(kept) + int(lengths.sum()))
        is_last = first + pool_blocks >= len(starts)
        n_used = len(order) if is_last else len(order) // batch_frames * batch_frames
        batches = [order[at : min(at + batch_frames, n_used)] for at in range(0, n_used, batch_frames)]
        yield Pool(group, lengths, kept, batches)
        kept = order[n_used:]


def shuffled_frames(
    n_frames: int, batch_frames: int, seed: int, epoch: int, **sizes: int
) -> Iterator[Numbers]:
    """Yield the numbers of each batch's frames, in the order of `shuffled_pools`."""
    numbers = np.empty(0, np.int64)
    for pool in shuffled_pools(n_frames, batch_frames, seed, epoch, **sizes):
        numbers = np.concatenate([numbers[pool.kept], pool.frames()])
        for batch in pool.batches:
            yield numbers[batch]
