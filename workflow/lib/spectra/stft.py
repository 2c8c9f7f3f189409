"""Short-time Fourier analysis and synthesis with the scale that the models need (see `spectra.settings`)."""

import librosa
import numpy as np
from numpy.typing import NDArray

from singmap.spectra.settings import StftSettings


def analyse(audio: NDArray[np.floating], settings: StftSettings) -> NDArray[np.complex64]:
    """Complex spectra of audio (n_samples,) or (n_channels, n_samples) as (..., n_frames, n_bins)."""
    spectra = librosa.stft(
        np.asarray(audio, dtype=np.float32),
        n_fft=settings.fft_samples,
        hop_length=settings.hop_samples,
        win_length=settings.window_samples,
        window=settings.scaled_window(),
        pad_mode="constant",
    )
    return np.swapaxes(spectra, -1, -2)


def analyse_for_synthesis(audio: NDArray[np.floating], settings: StftSettings) -> NDArray[np.complex64]:
    """What `analyse` gives, with one frame more unless the audio is a whole number of hops long.

    The frames of `analyse`, which the models learn from, end up to a hop before the audio does. Its last
    samples then lie under the edge of one window, and `synthesise` makes clicks of what a mask does there.
    """
    missing = -audio.shape[-1] % settings.hop_samples
    return analyse(np.pad(audio, [(0, 0)] * (audio.ndim - 1) + [(0, missing)]), settings)


def synthesise(spectra: NDArray[np.complex64], settings: StftSettings, n_samples: int) -> NDArray[np.float32]:
    """Audio (..., n_samples) of complex spectra (..., n_frames, n_bins): weighted overlap-add.

    The least-squares inverse (Griffin and Lim 1984): it undoes window and scale, so that unchanged spectra
    give the signal back. Spectra that were changed must come from `analyse_for_synthesis`.
    """
    return librosa.istft(
        np.swapaxes(np.asarray(spectra), -1, -2),
        hop_length=settings.hop_samples,
        win_length=settings.window_samples,
        n_fft=settings.fft_samples,
        window=settings.scaled_window(),
        length=n_samples,
    )
