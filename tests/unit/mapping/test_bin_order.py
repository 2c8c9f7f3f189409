"""Shuffled bins come in one order for a seed, wherever they are shuffled."""

import numpy as np
import pytest

from singmap.mapping.bin_order import bin_order
from singmap.mapping.controls import shuffled_bins
from singmap.models.designs import design_of
from singmap.models.network import build_model
from singmap.study.subjects import subjects_of


def test_every_bin_has_one_place_and_the_seed_decides_which():
    order = bin_order(50, 3)
    assert sorted(order) == list(range(50)) != list(order)
    np.testing.assert_array_equal(bin_order(50, 3), order)
    assert (bin_order(50, 4) != order).any()


@pytest.mark.parametrize("seed", [0, 7])
def test_matrices_and_whole_models_are_shown_the_same_frames(seed):
    frames = np.random.default_rng(0).random((3, 6), dtype=np.float32)
    subjects = subjects_of(build_model(design_of("dae"), 6, seed), seed, {}, {})
    (shuffled,) = [subject for subject in subjects if subject.name == "shuffled"]
    np.testing.assert_array_equal(shuffled.shown(frames), shuffled_bins(frames, seed))
    np.testing.assert_array_equal(shuffled.shown(frames), frames[:, bin_order(6, seed)])
