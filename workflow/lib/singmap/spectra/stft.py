"""Short-time Fourier analysis and synthesis with the scale that the models need (see `spectra.settings`).

To the bit what librosa.stft and librosa.istft give, without the seconds that its import and the compilation
of its loops take in every job.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from singmap.spectra.settings import StftSettings

FRAMES_AT_ONCE = 32  # in double precision: half a megabyte per channel at the paper's setting


def analyse(audio: NDArray[np.floating], settings: StftSettings) -> NDArray[np.complex64]:
    """Complex spectra of audio (n_samples,) or (n_channels, n_samples) as (..., n_frames, n_bins)."""
    half = settings.fft_samples // 2
    padded = _padded(np.asarray(audio, dtype=np.float32), half, half)
    frames = sliding_window_view(padded, settings.fft_samples, axis=-1)[..., :: settings.hop_samples, :]
    window = _centred_window(settings)
    spectra = np.empty((*frames.shape[:-1], settings.n_bins), np.complex64)
    for first in range(0, frames.shape[-2], FRAMES_AT_ONCE):
        block = np.s_[..., first : first + FRAMES_AT_ONCE, :]
        spectra[block] = np.fft.rfft(frames[block] * window)
    return spectra


def analyse_for_synthesis(audio: NDArray[np.floating], settings: StftSettings) -> NDArray[np.complex64]:
    """What `analyse` gives, with one frame more unless the audio is a whole number of hops long.

    The frames of `analyse`, which the models learn from, end up to a hop before the audio does. Its last
    samples then lie under the edge of one window, and `synthesise` makes clicks of what a mask does there.
    """
    return analyse(_padded(audio, 0, -audio.shape[-1] % settings.hop_samples), settings)


def synthesise(spectra: NDArray[np.complex64], settings: StftSettings, n_samples: int) -> NDArray[np.float32]:
    """Audio (..., n_samples) of complex spectra (..., n_frames, n_bins): weighted overlap-add.

    The least-squares inverse (Griffin and Lim 1984): it undoes window and scale, so that unchanged spectra
    give the signal back. Spectra that were changed must come from `analyse_for_synthesis`.
    """
    hop_samples, fft_samples = settings.hop_samples, settings.fft_samples
    window = _centred_window(settings)
    half = fft_samples // 2
    n_frames = min(spectra.shape[-2], -(-(n_samples + 2 * half) // hop_samples))
    padded_samples = max(n_samples + 2 * half, (n_frames - 1) * hop_samples + fft_samples)
    audio = np.zeros((*spectra.shape[:-2], padded_samples), np.float32)
    weight = np.zeros(padded_samples, np.float32)
    for frame in range(n_frames):
        covered = slice(frame * hop_samples, frame * hop_samples + fft_samples)
        audio[..., covered] += window * np.fft.irfft(spectra[..., frame, :], n=fft_samples)
        weight[covered] += window**2
    audio, weight = audio[..., half : half + n_samples], weight[half : half + n_samples]
    return np.divide(audio, weight, out=audio, where=weight > np.finfo(np.float32).tiny)


def _centred_window(settings: StftSettings) -> NDArray[np.float64]:
    """The window with zeros on both sides, (fft_samples,)."""
    missing = settings.fft_samples - settings.window_samples
    return np.pad(settings.scaled_window(), (missing // 2, missing - missing // 2))


def _padded(audio: NDArray[np.floating], before: int, after: int) -> NDArray[np.floating]:
    """Audio (..., n_samples) with zeros before and after it."""
    return np.pad(audio, [(0, 0)] * (audio.ndim - 1) + [(before, after)])
