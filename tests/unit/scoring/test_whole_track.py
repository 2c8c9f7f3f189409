"""Scores of whole tracks against closed forms: known noise, gains, silence."""

import numpy as np
import pytest

from singmap.scoring import whole_track
from singmap.scoring.whole_track import si_sdr, usdr, whole_track_scores
from tests.helpers.music import music


@pytest.fixture
def source():
    return music()[0].astype(np.float64)


def orthogonal_noise(source, snr_db):
    """Noise with nothing of the source, at a given level below it over both channels."""
    noise = np.random.default_rng(0).standard_normal(source.shape)
    noise -= source * np.vdot(source, noise) / np.vdot(source, source)
    return noise * np.linalg.norm(source) / np.linalg.norm(noise) * 10 ** (-snr_db / 20)


@pytest.mark.parametrize("snr_db", [-7.0, 0.0, 12.5])
def test_known_noise_has_its_level(source, snr_db):
    estimate = source + orthogonal_noise(source, snr_db)
    assert usdr(source, estimate) == pytest.approx(snr_db, abs=1e-6)
    assert si_sdr(source, estimate) == pytest.approx(snr_db, abs=1e-9)


@pytest.mark.parametrize("gain", [0.1, -0.5, 3.0])
def test_a_gain_costs_usdr_and_not_si_sdr(source, gain):
    estimate = gain * (source + orthogonal_noise(source, 12.5))
    error = (1 - gain) ** 2 + gain**2 * 10**-1.25
    assert usdr(source, estimate) == pytest.approx(-10 * np.log10(error), abs=1e-6)
    assert si_sdr(source, estimate) == pytest.approx(12.5, abs=1e-9)


def test_one_gain_for_both_channels_does_not_forgive_a_wrong_place_in_stereo():
    left = np.random.default_rng(1).standard_normal((1000, 1))
    source, estimate = left * [1, 1], left * [1.5, 0.5]
    assert si_sdr(source, estimate) == pytest.approx(10 * np.log10(2 / 0.5))


def test_challenge_adds_delta_to_both_sums():
    source, estimate = np.full((10, 2), 1e-4), np.full((10, 2), 3e-4)
    expected = 10 * np.log10((20 * 1e-8 + 1e-7) / (20 * 4e-8 + 1e-7))
    assert usdr(source, estimate) == pytest.approx(expected, abs=1e-12)


def test_silence_has_no_score(source):
    silent = np.zeros_like(source)
    assert np.isnan([usdr(silent, source), si_sdr(silent, source), si_sdr(source, silent)]).all()
    assert usdr(source, silent) == pytest.approx(0, abs=1e-12), "as much error as source"


def test_perfect_and_unrelated_estimates():
    source, other = np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [0.0, 2.0]])
    assert si_sdr(source, source) == np.inf
    assert si_sdr(source, other) == -np.inf
    assert usdr(source, source) == pytest.approx(70, abs=1e-5)


def test_targets_keep_their_order_and_blocks_are_no_seams(source, monkeypatch):
    references = music().astype(np.float32)
    estimates = references[::-1] * np.float32(0.3) + references
    expected = whole_track_scores(references, estimates)
    for target in (0, 1):
        pair = references[target], estimates[target]
        assert expected[:, target].tolist() == [usdr(*pair), si_sdr(*pair)]
    assert expected[0, 0] != expected[0, 1]
    monkeypatch.setattr(whole_track, "BLOCK_SAMPLES", 1000)
    np.testing.assert_allclose(whole_track_scores(references, estimates), expected, rtol=1e-12)
