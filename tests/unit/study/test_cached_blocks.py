"""Blocks of frames out of a cache."""

import numpy as np
import pytest

from singmap.study.cached_blocks import cached_blocks
from tests.helpers.training_data import make_cache


@pytest.mark.parametrize("block_frames", [1, 64, 200, 1000])
def test_blocks_are_the_whole_cache_in_order(tmp_path, block_frames):
    cache = make_cache(tmp_path / "cache", 200)
    blocks = list(cached_blocks(cache, block_frames))
    assert max(len(x) for x, _ in blocks) == min(block_frames, 200)
    for blocked, whole in zip(zip(*blocks, strict=True), cache.load(), strict=True):
        np.testing.assert_array_equal(np.concatenate(blocked), whole)


@pytest.mark.parametrize(("frames_max", "step"), [(200, 1), (199, 2), (70, 3), (1, 200)])
def test_of_a_long_cache_evenly_spread_frames_are_taken(tmp_path, frames_max, step):
    cache = make_cache(tmp_path / "cache", 200)
    mixture = np.concatenate([x for x, _ in cached_blocks(cache, 16, frames_max)])
    np.testing.assert_array_equal(mixture, cache.load()[0][::step])
    assert len(mixture) <= frames_max
