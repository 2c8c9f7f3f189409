"""Scoring of one track: engines, silence, flags and bad input."""

import numpy as np
import pytest

from singmap.runtime.errors import InputError
from singmap.scoring.track_scores import TrackScorer

WIN = HOP = 2000


def noise(seed):
    return np.random.default_rng(seed).standard_normal((2, 6000, 2)).astype(np.float32)


def scorer(references, engine="fast"):
    return TrackScorer(references, WIN, HOP, engine, "a_track")


def test_both_engines_give_the_same_numbers():
    references, estimates = noise(0), noise(0) + noise(1)
    fast, flags = scorer(references).score(estimates, "x")
    slow, _ = scorer(references, "museval").score(estimates, "x")
    assert fast.shape == (4, 2, 3)
    assert flags == []
    np.testing.assert_allclose(fast, slow, atol=1e-5)


@pytest.mark.parametrize("engine", ["fast", "museval"])
def test_silent_track_is_nan_with_its_flag(engine):
    references, estimates, silent = noise(0), noise(1), noise(2)
    silent[0] = 0
    for signals, flag in (
        ((silent, estimates), "silent_reference"),
        ((references, silent), "silent_estimate"),
    ):
        scores, flags = scorer(signals[0], engine).score(signals[1], "x")
        assert np.isnan(scores).all()
        assert scores.shape == (4, 2, 3)
        assert flags == [flag]
    assert scorer(silent, engine).score(silent, "x")[1] == ["silent_reference", "silent_estimate"]


def test_silent_frame_alone_is_no_flag():
    references = noise(0)
    references[0, :WIN] = 0
    scores, flags = scorer(references).score(noise(1), "x")
    assert np.isnan(scores[:, :, 0]).all()
    assert np.isfinite(scores[:, :, 1:]).all()
    assert flags == []


def test_near_mono_reference_is_flagged():
    references = noise(0)
    references[0, :, 1] = np.float32(0.7) * references[0, :, 0]
    assert scorer(references).score(noise(0) + noise(1), "x")[1] == ["ill_conditioned"]


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
