"""From frames of decoded audio to magnitudes, for the cache on disk and for what is read from audio."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.fft
import soundfile
from numpy.typing import NDArray

from singmap.files.tables import SpectraIndex, columns
from singmap.runtime.errors import REBUILD, InputError
from singmap.spectra.settings import StftSettings

ANALYSIS_FRAMES = 32  # at a time: input and spectra stay in a processor's cache of 1 MB

Reader = Callable[[NDArray[np.float32]], None]  # fills an array with the next samples


class MagnitudeTransform:
    """Window frames and take the magnitudes of their spectra, in reused memory.

    Windowed frames stand at the start of the FFT's input instead of its middle: magnitudes don't see the
    shift, and the zeros behind them stay.
    """

    def __init__(self, settings: StftSettings):
        self._window = settings.scaled_window().astype(np.float32)
        self._inputs = np.zeros((ANALYSIS_FRAMES, settings.fft_samples), np.float32)

    def __call__(self, frames: NDArray[np.float32], magnitudes: NDArray[np.float32]) -> None:
        """Fill `magnitudes` (n, n_bins) from frames (n, window_samples), at most ANALYSIS_FRAMES of them."""
        inputs = self._inputs[: len(frames)]
        np.multiply(frames, self._window, out=inputs[:, : len(self._window)])
        np.abs(scipy.fft.rfft(inputs, axis=1), out=magnitudes)


def samples_before(settings: StftSettings) -> int:
    """How many samples a frame's window begins before the frame's centre, which lies at k * hop."""
    return settings.fft_samples // 2 - (settings.fft_samples - settings.window_samples) // 2


def cache_index(decoded: pd.DataFrame, settings: StftSettings) -> pd.DataFrame:
    """Return where each track's frames will lie, the table SpectraIndex."""
    n_frames = decoded.n_samples.map(settings.n_frames)
    first_frame = n_frames.cumsum() - n_frames
    return decoded.assign(first_frame=first_frame, n_frames=n_frames)[columns(SpectraIndex)]


def require_room_for(magnitudes: NDArray[np.float32], dtype: np.dtype[np.floating], path: Path) -> None:
    """Raise InputError for magnitudes that would not be finite numbers in the cache."""
    largest, limit = float(magnitudes.max(initial=0)), float(np.finfo(dtype).max)
    if not largest <= limit:  # NaN, too
        expected = f"magnitudes up to {limit:.5g}, what {dtype} holds"
        remedy = "scale the audio, or set spectra.dtype: float32" if np.isfinite(largest) else REBUILD
        raise InputError(str(path), expected, f"{largest:.5g}", remedy)


def mono_reader(audio: soundfile.SoundFile) -> Reader:
    """Return a function that fills an array (n_samples,) with the next samples, means of the channels.

    Behind the end of the file come zeros.
    """
    both = np.empty((0, audio.channels), np.float32)

    def read(samples: NDArray[np.float32]) -> None:
        nonlocal both
        if len(both) < len(samples):
            both = np.empty((len(samples), audio.channels), np.float32)
        found = audio.read(out=both[: len(samples)])
        if audio.channels == 1:
            samples[: len(found)] = found[:, 0]
        else:
            np.mean(found, axis=1, out=samples[: len(found)])
        samples[len(found) :] = 0

    return read
