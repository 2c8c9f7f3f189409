"""Separation by estimated magnitudes, on signals whose answer is known."""

import numpy as np
import pytest

from singmap.separation.baseline import baseline_estimates
from singmap.separation.separate import ESTIMATORS, separate
from singmap.spectra.stft import StftSettings, analyse, spectra_blocks
from tests.helpers.separated_signals import STFT, snr_db


@pytest.mark.parametrize("estimator", ["magnitude", "ratio_mask"])
def test_unchanged_magnitudes_give_the_mixture_back(sources, estimator):
    mixture = sum(sources)
    assert snr_db(separate(mixture, np.copy, STFT, estimator), mixture) > 100


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_estimator_separates_with_the_true_magnitudes(sources, estimator):
    target, rest = sources
    mixture = target + rest
    truth = iter(np.abs(next(spectra_blocks(target, STFT, 1000))))
    estimate = separate(mixture, lambda magnitude: next(truth), STFT, estimator)
    assert estimate.dtype == np.float32
    assert snr_db(estimate, target) > snr_db(mixture, target) + 12


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_silence_stays_silent(estimator):
    silent = np.zeros((2, 4000), dtype=np.float32)
    estimate = separate(silent, lambda magnitude: magnitude + 1, STFT, estimator)
    assert np.abs(estimate).max() < 1e-6


def test_negative_estimates_count_as_zero(sources):
    estimate = separate(sum(sources), lambda magnitude: -magnitude, STFT)
    assert not estimate.any()


LARGE_HOPS = [  # half a window and the largest allowed ones
    StftSettings("hann", 1024, 1024, 512),
    StftSettings("hann", 1024, 1024, 702),
    StftSettings("blackman", 1024, 1024, 512),
    StftSettings("blackman", 1024, 1024, 595),
    StftSettings("hamming", 1024, 1024, 512),
    StftSettings("hamming", 1024, 1024, 759),
]


@pytest.mark.parametrize("rest_samples", [0, 1, 300, -1])
@pytest.mark.parametrize("stft", LARGE_HOPS, ids=str)
def test_masks_make_no_clicks_at_the_end(sources, stft, rest_samples):
    n_samples = 16 * stft.hop_samples + rest_samples
    target, rest = (0.4 / np.abs(signal).max() * signal[:, :n_samples] for signal in sources)
    mixture = target + rest
    keep = np.random.default_rng(1).random((2, 99, stft.n_bins)) < 0.5
    masks = iter(keep)
    estimates = {
        "random mask": separate(mixture, lambda magnitude: magnitude * next(masks)[: len(magnitude)], stft),
        "irm": baseline_estimates("irm", mixture, target, rest, stft)[0],
        "ibm": baseline_estimates("ibm", mixture, target, rest, stft)[0],
    }
    assert max(np.abs(estimate).max() for estimate in estimates.values()) < 0.8
    start, end = np.s_[:, : stft.hop_samples], np.s_[:, -stft.hop_samples :]
    assert snr_db(estimates["irm"][end], target[end]) > snr_db(estimates["irm"][start], target[start]) - 10


def test_magnitudes_below_the_normal_numbers_stay_finite():
    decaying = 10 ** np.linspace(0, -44, 20000) * np.sin(np.arange(20000))
    mixture = np.stack([decaying, decaying]).astype(np.float32)
    modulus = np.abs(analyse(mixture, STFT))
    assert np.any((modulus > 0) & (modulus < np.finfo(np.float32).smallest_normal))
    for estimator in ESTIMATORS:
        assert np.isfinite(separate(mixture, lambda magnitude: magnitude + 10, STFT, estimator)).all()
