"""The best static gains: one per bin, learnt on training tracks and never changed.

Fitted to the true target they are the learned equaliser, the null model of every claim about separation: a
model that does not beat it has learnt no more than how loud the target is in each bin. Fitted to a model's
own output they are the model as a scalar filter in the strictest sense: no gain depends on the frame.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from singmap.spectra.cache import Frames, SpectraCache

BLOCK_FRAMES = 2048  # that are in memory at a time


def best_gains(blocks: Iterable[tuple[Frames, Frames]]) -> NDArray[np.float64]:
    """Gains (n_bins,) that minimise the squared error of gain * x against y: sum(x y) / sum(x^2).

    blocks : pairs (x, y) of (n_frames, n_bins) linear magnitudes each, all of one n_bins; at least one pair
    The gain of a bin in which x is always silent is 0. With magnitudes no gain is negative.
    """
    return gains_of(*bin_sums(blocks))


def bin_sums(blocks: Iterable[tuple[Frames, Frames]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums of x y and of x^2 over all frames of the blocks, (n_bins,) each."""
    sums = [(_sum_over_frames(x, y), _sum_over_frames(x, x)) for x, y in blocks]
    overlap, energy = np.sum(sums, axis=0)
    return overlap, energy


def gains_of(overlap: NDArray[np.float64], energy: NDArray[np.float64]) -> NDArray[np.float64]:
    """The gains that belong to such sums."""
    gains: NDArray[np.float64] = np.divide(overlap, energy, out=np.zeros_like(energy), where=energy > 0)
    return gains


def cached_blocks(
    cache: SpectraCache, block_frames: int = BLOCK_FRAMES, frames_max: int | None = None
) -> Iterator[tuple[Frames, Frames]]:
    """Mixture and target of all cached tracks, float32, `block_frames` frames at a time, in order.

    frames_max : of longer caches every second, third, ... frame, so that they are no more; None: all
    """
    step = -(-cache.n_frames // frames_max) if frames_max else 1
    for first in range(0, cache.n_frames, step * block_frames):
        rows = slice(first, first + step * block_frames, step)
        yield np.asarray(cache.mixture[rows], np.float32), np.asarray(cache.target[rows], np.float32)


def _sum_over_frames(x: Frames, y: Frames) -> NDArray[np.float64]:
    summed: NDArray[np.float64] = np.multiply(x, y, dtype=np.float64).sum(axis=0)
    return summed
