"""Short-time Fourier analysis and synthesis with the scale that the models need.

The window is divided by sqrt(FFT size), as in the group's published training code. The scale matters:
with unscaled magnitudes the skip-filtering model dies in its first epoch.
"""

import math
from dataclasses import dataclass

import librosa
import numpy as np
from numpy.typing import NDArray

from singmap.runtime.errors import InputError
from singmap.spectra.windows import largest_hop, periodic_window


@dataclass(frozen=True)
class StftSettings:
    """Parameters of the transform; sizes in samples at `sample_rate_hz`.

    window_samples may be smaller than fft_samples: frames are zero-padded, as in the paper
    (Hamming window of 2049 samples, FFT 4096, hop 384). Raises InputError for sizes out of order, and for
    hops that leave samples between the windows (see `windows.coverage`).
    """

    window: str
    window_samples: int
    fft_samples: int
    hop_samples: int
    sample_rate_hz: int = 44100

    def __post_init__(self) -> None:
        if not 0 < self.hop_samples <= self.window_samples <= self.fft_samples:
            raise InputError(
                "stft",
                "0 < hop_samples <= window_samples <= fft_samples",
                f"{self.hop_samples}, {self.window_samples}, {self.fft_samples}",
            )
        largest = largest_hop(self.window, self.window_samples)
        if self.hop_samples > largest:
            window = f"{self.window} window of {self.window_samples} samples"
            raise InputError("stft", f"hop_samples <= {largest} with a {window}", str(self.hop_samples))

    @property
    def n_bins(self) -> int:
        """Number of frequency bins from 0 Hz to the Nyquist frequency, both included."""
        return self.fft_samples // 2 + 1

    def frequencies_hz(self) -> NDArray[np.float64]:
        """Centre frequency of every bin in Hz, (n_bins,)."""
        return np.arange(self.n_bins) * self.sample_rate_hz / self.fft_samples

    def n_frames(self, n_samples: int) -> int:
        """Number of frames of a signal of `n_samples` samples (frames are centred on k * hop)."""
        return 1 + n_samples // self.hop_samples

    def scaled_window(self) -> NDArray[np.float64]:
        """The periodic analysis window divided by sqrt(fft_samples), (window_samples,)."""
        return periodic_window(self.window, self.window_samples) / math.sqrt(self.fft_samples)


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
