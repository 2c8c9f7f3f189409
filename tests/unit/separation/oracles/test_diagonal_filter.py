import dataclasses

import numpy as np

from singmap.separation.oracles.diagonal_filter import best_gains, estimate
from tests.helpers.separated_signals import STFT, whole_spectra


def test_any_other_gain_of_a_bin_fits_the_magnitudes_worse(track):
    mixture, target, _ = map(np.abs, whole_spectra(track))
    gains = best_gains([(mixture[:, :50], target[:, :50]), (mixture[:, 50:], target[:, 50:])])
    assert gains.shape == (STFT.n_bins,)

    def error(change):
        return np.sum((change * gains * mixture - target) ** 2, axis=(0, 1), dtype=np.float64)

    assert np.all(error(0.9) > error(1.0))
    assert np.all(error(1.1) > error(1.0))


def test_a_scaled_mixture_is_found_exactly(track):
    scaled = dataclasses.replace(track, read_sources=lambda: (0.25 * track.mixture, 0.75 * track.mixture))
    np.testing.assert_allclose(estimate(scaled)[0], scaled.target, atol=1e-6)


def test_bins_without_sound_get_no_gain():
    silent = np.zeros((2, 3, 4), dtype=np.float32)
    np.testing.assert_array_equal(best_gains([(silent, silent + 1)]), np.zeros(4))
