"""The frames of a cache of spectra, a bounded number of them in memory."""

from collections.abc import Iterator

import numpy as np

from singmap.spectra.cache import Frames, SpectraCache

BLOCK_FRAMES = 2048  # that are in memory at a time


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
