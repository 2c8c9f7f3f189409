"""The best static gains, against closed forms and NumPy's own least squares."""

import numpy as np
import pytest

from singmap.study.static_gains import best_gains, cached_blocks
from tests.helpers.training_data import make_cache


def test_gains_are_least_squares_of_each_bin_over_all_blocks():
    x, y = np.random.default_rng(0).gamma(1.0, size=(2, 90, 5)).astype(np.float32)
    expected = [np.linalg.lstsq(x[:, [k]], y[:, k], rcond=None)[0][0] for k in range(5)]
    blocks = [(x[:7], y[:7]), (x[7:50], y[7:50]), (x[50:], y[50:])]
    np.testing.assert_allclose(best_gains(blocks), expected, rtol=1e-6)


def test_planted_gains_come_back_and_silent_bins_have_none():
    x = np.random.default_rng(1).gamma(1.0, size=(40, 4))
    x[:, 2] = 0
    gains = np.array([0.3, 0.0, 0.5, 2.0])
    np.testing.assert_allclose(best_gains([(x, x * gains)]), [0.3, 0, 0, 2], rtol=1e-12)


def test_many_loud_frames_are_summed_in_double_precision():
    """In single precision a sum stops growing at 2^24 ones."""
    x = np.full((5000, 1), 4000.0, np.float32)
    y = np.ones((5000, 1), np.float32)
    (gain,) = best_gains((x, y) for _ in range(20))
    assert gain == pytest.approx(1 / 4000, rel=1e-12)


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
