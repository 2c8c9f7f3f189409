"""Several estimates of one track: separated and scored as each of them alone would be."""

import numpy as np
import pytest

from singmap.files.wav import write_wav
from singmap.scoring.track_scores import museval_scores
from singmap.separation.mixture import accompaniment_of
from singmap.separation.separate import separate
from singmap.study.worth import ScoringSettings, target_sdr
from tests.helpers.separated_signals import N_SAMPLES, STFT, two_bands

LOW = np.where(np.arange(STFT.n_bins) < 70, 1.0, 0.1).astype(np.float32)
FILTERS = {"low": lambda x: x * LOW, "half": lambda x: x / 2, "silent": lambda x: 0 * x}


def all_filters(magnitude):
    return {name: apply(magnitude) for name, apply in FILTERS.items()}


@pytest.fixture
def sdr_of(tmp_path):
    """The SDR of all filters, or of others, on a decoded track."""

    def found(target, rest, estimators=all_filters, estimator="magnitude", hop=6000, longest=None):
        for name, audio in (("low", target), ("accompaniment", rest), ("mixture", target + rest)):
            write_wav(tmp_path / f"{name}.wav", audio)
        scoring = ScoringSettings(estimator, 6000, hop, longest)
        return target_sdr(tmp_path, ["low", "accompaniment"], target.shape[1], estimators, STFT, scoring)

    return found


def by_museval(target, rest, name, estimator="magnitude", hop=6000):
    """Median of museval's own scores of what one filter alone separates."""
    estimate = separate(target + rest, FILTERS[name], STFT, estimator)
    estimates = np.stack([estimate.T, accompaniment_of(target + rest, estimate).T])
    scores = museval_scores(np.stack([target.T, rest.T]), estimates, 6000, hop)
    return pytest.approx(np.nanmedian(scores[0, 0]), abs=1e-6)


@pytest.mark.parametrize("frames_per_block", [7, 3000])
@pytest.mark.parametrize("estimator", ["magnitude", "ratio_mask"])
def test_each_estimate_is_scored_as_alone(sdr_of, monkeypatch, frames_per_block, estimator):
    monkeypatch.setattr("singmap.separation.separate.FRAMES_PER_BLOCK", frames_per_block)
    target, rest = two_bands()
    found = sdr_of(target, rest, estimator=estimator)
    assert list(found) == list(FILTERS)
    assert found["low"] == by_museval(target, rest, "low", estimator)
    assert found["half"] == by_museval(target, rest, "half", estimator)
    assert found["low"] > found["half"] + 3
    assert np.isnan(found["silent"])


def test_every_block_is_estimated_once(sdr_of):
    calls = []
    sdr_of(*two_bands(), lambda x: calls.append(1) or all_filters(x))
    assert len(calls) == 2  # channels


def test_score_frames_may_overlap_and_leave_a_rest(sdr_of):
    target, rest = two_bands()
    found = sdr_of(target, rest, hop=2500)
    assert found["low"] == by_museval(target, rest, "low", hop=2500)


def test_score_frames_in_which_the_accompaniment_rests_are_left_out(sdr_of):
    target, rest = two_bands()
    rest[:, 6000:] = 0
    assert sdr_of(target, rest)["low"] == by_museval(target, rest, "low")


def test_score_frames_in_which_the_target_rests_are_left_out(sdr_of):
    target, rest = two_bands()
    target[:, : N_SAMPLES // 3 + 500] = 0
    assert np.isfinite(sdr_of(target, rest)["low"])
    assert np.isnan(sdr_of(0 * target, rest)["low"])


def test_of_a_long_track_the_stretch_is_scored_in_which_the_target_is_loudest(sdr_of):
    """As if nothing else were there: the same as a track that was cut to it."""
    target, rest = two_bands()
    stretch = np.s_[:, 4410 : 4410 + 9000]
    target[stretch] *= 2
    cut = sdr_of(target[stretch], rest[stretch])
    np.testing.assert_equal(sdr_of(target, rest, longest=9000), cut)
    whole = sdr_of(target, rest)
    np.testing.assert_equal(sdr_of(target, rest, longest=N_SAMPLES), whole)
    assert whole["low"] != pytest.approx(cut["low"], abs=0.01)
