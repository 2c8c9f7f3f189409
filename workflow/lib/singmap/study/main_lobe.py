"""How far one frequency of the audio reaches in a spectrum: the main lobe of the analysis window.

It stands here and not in spectra/settings.py because an edit there would make every spectrum and model anew.
"""

import math

from singmap.spectra.settings import StftSettings
from singmap.spectra.windows import COSINES


def main_lobe_bins(stft: StftSettings) -> int:
    """Half-width of the window's main lobe in bins: the first bin at or behind its first zero.

    A periodic window of m cosines, that of 0 periods included, has its first zero m / (window length) cycles
    per sample from the centre (Harris, Proc. IEEE 66(1), 1978, section V), which are m * FFT size / window
    length bins: m = 2 for hamming and hann, 3 for blackman. 4 at the paper's setting, 2 in the demo. Two bins
    that are closer see the same partial.
    """
    # Rounded before: 1.1 * 10 / 1.1 must not become 11.
    return math.ceil(round(len(COSINES[stft.window]) * stft.fft_samples / stft.window_samples, 6))


def overlap_frames(stft: StftSettings) -> int:
    """Largest distance in frames at which two windows share samples; 5 at the paper's setting."""
    return math.ceil(stft.window_samples / stft.hop_samples) - 1
