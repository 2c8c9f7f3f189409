"""The spectra that an oracle is given, in order, and the audio that its estimates become."""

import numpy as np
import pytest

from tests.helpers.separated_signals import N_SAMPLES, STFT, whole_spectra


def test_spectra_are_those_of_mixture_target_and_rest_in_this_order(track):
    mixture, target, rest = whole_spectra(track)
    assert mixture.shape == (2, len(mixture[0]), STFT.n_bins)
    np.testing.assert_allclose(mixture, target + rest, atol=1e-4)
    low, high = np.s_[..., :40], np.s_[..., -40:]  # bins of the target's band, and of the rest's
    assert np.abs(target[low]).mean() > 100 * np.abs(rest[low]).mean()
    assert np.abs(rest[high]).mean() > 100 * np.abs(target[high]).mean()


@pytest.mark.parametrize("block_frames", [7, 300])
def test_spectra_come_back_as_audio_with_what_they_leave_of_the_mixture(track, monkeypatch, block_frames):
    monkeypatch.setattr("singmap.separation.known_track.BLOCK_FRAMES", block_frames)
    target, accompaniment = track.estimates(target for _, target, _ in track.spectra())
    assert target.shape == (2, N_SAMPLES)
    np.testing.assert_allclose(target, track.target, atol=1e-5)
    np.testing.assert_allclose(accompaniment, track.rest, atol=1e-5)
