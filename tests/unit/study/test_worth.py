"""Several estimates of one track: separated and scored as each of them alone would be."""

import numpy as np
import pytest

from singmap.scoring.track_scores import museval_scores
from singmap.separation.mixture import accompaniment_of
from singmap.separation.separate import separate
from singmap.study.worth import ScoringSettings, separated_each, target_sdr
from tests.helpers.separated_signals import N_SAMPLES, STFT, two_bands

LOW = np.where(np.arange(STFT.n_bins) < 70, 1.0, 0.1).astype(np.float32)
FILTERS = {"low": lambda x: x * LOW, "half": lambda x: x / 2, "silent": lambda x: 0 * x}
SCORING = ScoringSettings("magnitude", 6000, 6000)


def all_filters(magnitude):
    return {name: apply(magnitude) for name, apply in FILTERS.items()}


@pytest.mark.parametrize("frames_per_block", [7, 3000])
@pytest.mark.parametrize("estimator", ["magnitude", "ratio_mask"])
def test_each_estimate_is_separated_as_alone(monkeypatch, frames_per_block, estimator):
    monkeypatch.setattr("singmap.separation.separate.FRAMES_PER_BLOCK", frames_per_block)
    mixture = sum(two_bands())
    found = dict(separated_each(mixture, all_filters, STFT, estimator))
    assert list(found) == list(FILTERS)
    for name, apply in FILTERS.items():
        np.testing.assert_array_equal(found[name], separate(mixture, apply, STFT, estimator))


def test_every_block_is_estimated_once():
    calls = []
    dict(separated_each(sum(two_bands()), lambda x: calls.append(1) or all_filters(x), STFT, "magnitude"))
    assert len(calls) == 2  # channels


def test_scores_are_the_medians_of_museval_s_own():
    target, rest = two_bands()
    references = np.stack([target.T, rest.T])
    found = target_sdr(target + rest, references, all_filters, STFT, SCORING, "a")
    estimate = separate(target + rest, FILTERS["low"], STFT)
    estimates = np.stack([estimate.T, accompaniment_of(target + rest, estimate).T])
    expected = np.median(museval_scores(references, estimates, 6000, 6000)[0, 0])
    assert found["low"] == pytest.approx(expected, abs=1e-4)
    assert found["low"] > found["half"] + 3
    assert np.isnan(found["silent"])


def test_score_frames_in_which_the_target_rests_are_left_out():
    target, rest = two_bands()
    target[:, : N_SAMPLES // 3 + 500] = 0
    references = np.stack([target.T, rest.T])
    sdr = target_sdr(target + rest, references, all_filters, STFT, SCORING, "a")
    assert np.isfinite(sdr["low"])
    nothing = np.stack([0 * target.T, rest.T])
    assert np.isnan(target_sdr(rest, nothing, all_filters, STFT, SCORING, "a")["low"])
