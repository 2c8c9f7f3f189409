"""The oracle `diagonal_filter`: no other fixed gain per bin fits the true magnitudes better."""

import dataclasses

import numpy as np

from singmap.separation.oracles.diagonal_filter import estimate
from tests.helpers.separated_signals import whole_spectra


def test_any_other_gain_of_a_bin_fits_the_magnitudes_worse(track):
    mixture, target, _ = whole_spectra(track)
    magnitudes = np.abs(mixture)
    # The estimate is the mixture times the gains: looked at where the mixture sounds.
    gains = np.sum(magnitudes * np.abs(target), axis=(0, 1)) / np.sum(magnitudes**2, axis=(0, 1))

    def error(change):
        return np.sum((change * gains * magnitudes - np.abs(target)) ** 2, axis=(0, 1), dtype=np.float64)

    assert np.all(error(0.9) > error(1.0))
    assert np.all(error(1.1) > error(1.0))
    expected, _ = track.estimates([mixture * gains.astype(np.float32)])
    np.testing.assert_allclose(estimate(track)[0], expected, atol=1e-6)


def test_a_scaled_mixture_is_found_exactly(track):
    scaled = dataclasses.replace(track, read_sources=lambda: (0.25 * track.mixture, 0.75 * track.mixture))
    np.testing.assert_allclose(estimate(scaled)[0], scaled.target, atol=1e-6)
