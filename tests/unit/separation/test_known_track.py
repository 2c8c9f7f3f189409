import numpy as np

from tests.helpers.separated_signals import N_SAMPLES, STFT


def test_spectra_are_those_of_mixture_target_and_rest_in_this_order(track):
    mixture, target, rest = track.spectra()
    assert mixture.shape == (2, len(mixture[0]), STFT.n_bins)
    np.testing.assert_allclose(mixture, target + rest, atol=1e-4)
    low, high = np.s_[..., :40], np.s_[..., -40:]  # bins of the target's band, and of the rest's
    assert np.abs(target[low]).mean() > 100 * np.abs(rest[low]).mean()
    assert np.abs(rest[high]).mean() > 100 * np.abs(target[high]).mean()


def test_a_spectrum_comes_back_as_audio_with_what_it_leaves_of_the_mixture(track):
    target, accompaniment = track.estimates(track.spectra()[1])
    assert target.shape == (2, N_SAMPLES)
    np.testing.assert_allclose(target, track.target, atol=1e-5)
    np.testing.assert_allclose(accompaniment, track.rest, atol=1e-5)
