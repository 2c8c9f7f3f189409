"""Separation: masks, post-filters and oracles on signals whose answer is known."""

import numpy as np
import pytest
import torch

from singmap.runtime.errors import InputError
from singmap.separation.mixture import accompaniment_of, ratio_mask, with_mixture_phase
from singmap.separation.baseline import BASELINES, baseline_estimates, diagonal_filter
from singmap.separation.separate import ESTIMATORS, model_magnitudes, separate
from singmap.spectra.stft import StftSettings, analyse, analyse_for_synthesis

STFT = StftSettings("hamming", 512, 512, 128)
N_SAMPLES = 20000


@pytest.fixture(scope="module")
def sources():
    """A low and a high band of noise, panned apart: (2, N_SAMPLES) float32 each."""
    noise = np.random.default_rng(0).standard_normal((2, N_SAMPLES))
    low = np.fft.irfft(np.fft.rfft(noise[0]) * (np.arange(N_SAMPLES // 2 + 1) < 2500), N_SAMPLES)
    high = np.fft.irfft(np.fft.rfft(noise[1]) * (np.arange(N_SAMPLES // 2 + 1) > 3000), N_SAMPLES)
    return (np.outer([1, 0.6], low).astype(np.float32), np.outer([0.5, 1], high).astype(np.float32))


def snr_db(estimate, truth):
    return 10 * np.log10(np.sum(truth**2) / np.sum((estimate - truth) ** 2))


@pytest.mark.parametrize("estimator", ["magnitude", "ratio_mask"])
def test_unchanged_magnitudes_give_the_mixture_back(sources, estimator):
    mixture = sum(sources)
    assert snr_db(separate(mixture, np.copy, STFT, estimator), mixture) > 100


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_estimator_separates_with_the_true_magnitudes(sources, estimator):
    target, rest = sources
    mixture = target + rest
    truth = iter(np.abs(analyse_for_synthesis(target, STFT)))
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


def test_model_sees_each_channel_in_blocks(sources, monkeypatch):
    monkeypatch.setattr("singmap.separation.separate.FRAMES_PER_BLOCK", 7)
    layer = torch.nn.Linear(STFT.n_bins, STFT.n_bins, bias=False)
    torch.nn.init.eye_(layer.weight)
    layer.weight.data *= 0.5
    estimate = separate(sources[0], model_magnitudes(layer, torch.device("cpu")), STFT)
    assert snr_db(estimate, 0.5 * sources[0]) > 90


def test_model_that_gives_nan_is_an_error():
    class Broken(torch.nn.Module):
        def forward(self, frames):
            return frames * float("nan")

    with pytest.raises(InputError, match="finite"):
        model_magnitudes(Broken(), torch.device("cpu"))(np.ones((3, 4), dtype=np.float32))


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


def test_ratio_mask_and_phase():
    np.testing.assert_allclose(ratio_mask(np.array([1.0, 0, 3]), np.array([1.0, 0, 1])), [0.5, 0, 0.9])
    spectrum = np.array([3j, 0, -2])
    np.testing.assert_allclose(with_mixture_phase(spectrum, np.array([1.0, 1, 4])), [1j, 0, -4])


@pytest.mark.parametrize("name", BASELINES)
def test_estimates_of_oracles_sum_to_the_mixture(sources, name):
    target, rest = sources
    mixture = target + rest
    estimate, accompaniment = baseline_estimates(name, mixture, target, rest, STFT)
    if name == "mixture":
        np.testing.assert_array_equal(estimate, mixture)
        np.testing.assert_array_equal(accompaniment, mixture)
        return
    np.testing.assert_allclose(estimate + accompaniment, mixture, atol=1e-6)
    assert snr_db(estimate, target) > snr_db(mixture, target) + 12
    assert snr_db(accompaniment, rest) > snr_db(mixture, rest) + 12


def test_diagonal_filter_is_the_best_gain_a_bin(sources):
    """Any other gain of a bin fits the target's magnitudes worse."""
    target, mixture = (analyse(signal, STFT) for signal in (sources[0], sum(sources)))
    gains = np.real(diagonal_filter(mixture, target, None) / mixture)
    np.testing.assert_allclose(gains, np.broadcast_to(gains[0, 0], gains.shape), atol=1e-6)

    def error(change):
        return np.sum((change * gains * np.abs(mixture) - np.abs(target)) ** 2, axis=(0, 1), dtype=np.float64)

    assert np.all(error(0.9) > error(1.0))
    assert np.all(error(1.1) > error(1.0))


def test_accompaniment_is_the_rest():
    np.testing.assert_array_equal(accompaniment_of(np.array([[3.0, 1]]), np.array([[1.0, 1]])), [[2, 0]])
