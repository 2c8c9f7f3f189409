"""Parameters of the short-time Fourier transform, and the sizes and the scale that follow from them.

The window is divided by sqrt(FFT size), as in the group's published training code. The scale matters:
with unscaled magnitudes the skip-filtering model dies in its first epoch.

No librosa here: its import would cost every start of Snakemake, which asks for the number of bins, a second.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from singmap.files.audio_format import SAMPLE_RATE_HZ
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
    sample_rate_hz: int = SAMPLE_RATE_HZ

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
