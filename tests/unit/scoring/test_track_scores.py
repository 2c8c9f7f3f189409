"""Scoring of one track: engines, silence, flags and bad input."""

import numpy as np
import pytest

from singmap.runtime.errors import InputError
from singmap.scoring.track_scores import TrackScorer, withheld_scores
from tests.helpers.music import band_limited, music, one_channel, ratio_mask_estimates

WIN = HOP = 2000


def noise(seed):
    return np.random.default_rng(seed).standard_normal((2, 6000, 2)).astype(np.float32)


def scorer(references, engine="fast"):
    return TrackScorer(references, WIN, HOP, engine, "a_track")


def test_both_engines_give_the_same_numbers():
    references, estimates = noise(0), noise(0) + noise(1)
    fast = scorer(references).score(estimates, "x")
    slow = scorer(references, "museval").score(estimates, "x")
    assert fast.values.shape == (4, 2, 3)
    assert fast.flags == []
    assert not fast.withheld.any()
    np.testing.assert_allclose(fast.values, slow.values, atol=1e-5)
    assert not np.array_equal(fast.values, slow.values), "museval itself was asked"


@pytest.mark.parametrize("engine", ["fast", "museval"])
def test_silent_track_is_nan_with_its_flag(engine):
    references, estimates, silent = noise(0), noise(1), noise(2)
    silent[0] = 0
    for signals, flag in (
        ((silent, estimates), "silent_reference"),
        ((references, silent), "silent_estimate"),
    ):
        scores = scorer(signals[0], engine).score(signals[1], "x")
        assert np.isnan(scores.values).all()
        assert scores.values.shape == (4, 2, 3)
        assert scores.flags == [flag]
        assert not scores.withheld.any()
    assert scorer(silent, engine).score(silent, "x").flags == ["silent_reference", "silent_estimate"]


def test_silent_frame_alone_is_no_flag():
    references = noise(0)
    references[0, :WIN] = 0
    scores = scorer(references).score(noise(1), "x")
    assert np.isnan(scores.values[:, :, 0]).all()
    assert np.isfinite(scores.values[:, :, 1:]).all()
    assert scores.flags == []
    assert not scores.withheld.any()


@pytest.mark.parametrize("engine", ["fast", "museval"])
@pytest.mark.parametrize(
    ("unsound", "isr_of_rest"), [(band_limited, True), (lambda signals: one_channel(signals, 0.7), False)]
)
def test_what_is_ill_conditioned_is_withheld_and_nothing_else(engine, unsound, isr_of_rest):
    """Float audio is not rounded here: decoded tracks are, and keep their scores (test_bsseval)."""
    references = unsound(music(n_samples=30000))
    estimates = ratio_mask_estimates(references)
    scores = TrackScorer(references, 10000, 10000, engine, "a_track").score(estimates, "irm")
    whole = [[False, False], [True, isr_of_rest], [True, True], [True, True]]
    assert scores.withheld.all(axis=2).tolist() == whole
    assert scores.withheld.any(axis=2).tolist() == whole
    assert np.array_equal(np.isnan(scores.values), scores.withheld)


def test_single_frames_are_withheld_and_whole_tracks_beyond_a_tenth():
    movement = np.zeros((4, 2, 20))
    movement[0] = np.inf  # SDR needs no filter
    movement[1, 0, :2] = 0.02
    movement[2, 0, :3] = 0.02
    movement[2, 1], movement[3, 0, 5], movement[3, 1, 5] = 0.009, np.inf, np.nan
    withheld = withheld_scores(movement)
    assert withheld.sum(axis=2).tolist() == [[0, 0], [2, 0], [20, 0], [1, 0]]
    assert withheld[1, 0, :2].all()


@pytest.mark.parametrize("shape", [(2, 5999, 2), (2, 6000, 1), (1, 6000, 2)])
def test_other_lengths_or_channels_are_an_error(shape):
    with pytest.raises(InputError, match=r"irm on a_track.*\(2, 6000, 2\)"):
        scorer(noise(0)).score(np.ones(shape, dtype=np.float32), "irm")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_not_finite_are_an_error(value):
    broken = noise(1)
    broken[1, 7, 0] = value
    with pytest.raises(InputError, match="dae_seed0 on a_track"):
        scorer(noise(0)).score(broken, "dae_seed0")
    with pytest.raises(InputError, match="references of a_track"):
        scorer(broken)
