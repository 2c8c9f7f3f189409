"""Magnitudes of single frames, against NumPy's transform in double precision."""

import numpy as np
import pytest
import soundfile

from singmap.spectra.settings import StftSettings
from singmap.spectra.transform import ANALYSIS_FRAMES, MagnitudeTransform, mono_reader, samples_before


@pytest.mark.parametrize(
    "settings", [StftSettings("hamming", 2049, 4096, 384), StftSettings("hann", 64, 64, 16)]
)
def test_fewer_frames_after_many_are_not_mixed_with_them(settings):
    frames = np.random.default_rng(0).uniform(-1, 1, (ANALYSIS_FRAMES, settings.window_samples))
    transform = MagnitudeTransform(settings)
    for n_frames in (ANALYSIS_FRAMES, 3):
        found = np.empty((n_frames, settings.n_bins), np.float32)
        transform(frames[:n_frames].astype(np.float32), found)
        windowed = frames[:n_frames] * settings.scaled_window()
        expected = np.abs(np.fft.rfft(windowed, settings.fft_samples))
        np.testing.assert_allclose(found, expected, atol=1e-6 * expected.max())


@pytest.mark.parametrize(
    ("window", "fft", "before"), [(1024, 1024, 512), (2049, 4096, 1025), (1001, 2048, 501)]
)
def test_windows_lie_around_the_centre_of_the_fft(window, fft, before):
    """The frame is the FFT's centre sample, with as many zeros on both sides of the window, or one more."""
    assert samples_before(StftSettings("hann", window, fft, 100)) == before


def test_mono_is_the_mean_and_zeros_follow(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.array([[1.0, 0.0], [0.5, 0.25]]), 44100, subtype="FLOAT")
    samples = np.full(4, np.nan, np.float32)
    with soundfile.SoundFile(tmp_path / "x.wav") as file:
        mono_reader(file)(samples)
    assert np.array_equal(samples, np.array([0.5, 0.375, 0, 0], np.float32))
