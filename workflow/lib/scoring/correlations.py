"""Correlations of many channels at a few hundred lags, frame by frame, from short overlapping blocks.

A lag is d[p, q, k] = sum over n of x_p[n - k] y_q[n], k = 0 ... n_lags - 1. A frame is cut into blocks;
the spectrum of an x block takes n_lags - 1 samples of history with it, that of a y block is
zero-padded, and the sum over blocks of X_p conj(Y_q) is one spectrum whose inverse holds the lags of
the whole frame. So the long transform and most inverse transforms are saved (overlap-save).
"""

import numpy as np
import scipy.fft

FFT_SAMPLES = 2880  # 2^6 3^2 5: near the cheapest per sample at 512 lags, and 20 blocks fill one second
BLOCKS_AT_ONCE = 32  # bounds the memory of long frames: 3 MB a channel

Frames = list[tuple[int, int]]


def frame_bounds(n_samples: int, win: float, hop: float) -> Frames:
    """First and last-but-one sample of every frame, as museval's `Framing` (whole windows only).

    A window not shorter than the signal (or infinite) gives one frame: all of it.
    """
    if not win < n_samples:
        return [(0, n_samples)]
    n_frames = int(np.floor((n_samples - win + hop) / hop))
    return [(int(t * hop), int(min(t * hop + win, n_samples))) for t in range(n_frames)]


def gap_free(frames: Frames, n_samples: int) -> Frames | None:
    """Frames that follow each other without gap or overlap, with the rest of the signal as one more.

    None where `frames` overlap or leave gaps.
    """
    ends = [0, *(stop for _, stop in frames)]
    if any(start != end for (start, _), end in zip(frames, ends, strict=False)):
        return None
    return frames if ends[-1] == n_samples else [*frames, (ends[-1], n_samples)]


class Correlator:
    """Correlates channels x (..., n_samples) with y (..., n_samples) at lags 0 ... n_lags - 1.

    frame_samples : usual length of a frame; blocks are sized to fill it nearly evenly
    Leading axes count as one, n_x or n_y channels long. Any real dtype is taken; sums are float64.
    """

    def __init__(self, n_lags: int, frame_samples: int):
        n_blocks = -(-frame_samples // (FFT_SAMPLES - n_lags + 1))
        smallest = -(-frame_samples // n_blocks) + n_lags - 1
        self.n_lags = n_lags
        self.fft_samples = scipy.fft.next_fast_len(smallest, real=True)
        self.block_samples = self.fft_samples - n_lags + 1
        self._buffers: dict[str, np.ndarray] = {}

    def frame(self, x: np.ndarray, y: np.ndarray, start: int, stop: int) -> np.ndarray:
        """Lags (n_x, n_y, n_lags) of the frame [start, stop) cut out in isolation."""
        shape = (_n_channels(x), _n_channels(y), self.fft_samples // 2 + 1)
        total, product = (self._buffer(name, shape, np.complex128) for name in ("total", "product"))
        total[...] = 0
        step = BLOCKS_AT_ONCE * self.block_samples
        for first in range(start, stop, step):
            last = min(first + step, stop)
            x_spectra = self._spectra_with_history(x, start, first, last)
            y_spectra = self._spectra(y, first, last)
            for block in range(x_spectra.shape[1]):
                np.multiply(x_spectra[:, None, block], y_spectra[:, block], out=product)
                total += product
        return self.lags(total)

    def boundary(self, x: np.ndarray, y: np.ndarray, start: int, stop: int) -> np.ndarray:
        """Cross-spectrum (n_x, n_y, n_bins) of x just before `start` with y in the frame [start, stop)."""
        n_history = min(self.n_lags - 1, start)
        past = np.zeros((_n_channels(x), self.fft_samples))
        _fill(past[:, self.n_lags - 1 - n_history : self.n_lags - 1], x, start - n_history, start)
        head = self._spectra(y, start, min(start + self.n_lags - 1, stop))[:, 0]
        return scipy.fft.rfft(past)[:, None] * head

    def lags(self, spectrum: np.ndarray) -> np.ndarray:
        """Lags (n_x, n_y, n_lags) of a cross-spectrum."""
        return scipy.fft.irfft(spectrum, self.fft_samples)[..., self.n_lags - 1 :: -1]

    def _spectra(self, signals: np.ndarray, first: int, last: int) -> np.ndarray:
        """Conjugate spectra (n_channels, n_blocks, n_bins) of the blocks of [first, last), zero-padded."""
        n_whole, n_rest = divmod(last - first, self.block_samples)
        leading, end = signals.shape[:-1], last - n_rest
        blocks = self._buffer("blocks", (*leading, n_whole + (n_rest > 0), self.fft_samples))
        whole = signals[..., first:end].reshape(*leading, n_whole, self.block_samples)
        blocks[..., :n_whole, : self.block_samples] = whole
        if n_rest:
            blocks[..., n_whole, :n_rest] = signals[..., end:last]
            blocks[..., n_whole, n_rest:] = 0
        spectra = self._transform("y", blocks.reshape(_n_channels(signals), -1, self.fft_samples))
        return np.conjugate(spectra, out=spectra)

    def _spectra_with_history(self, signals: np.ndarray, start: int, first: int, last: int) -> np.ndarray:
        """Spectra of the blocks with the n_lags - 1 samples before each, but none from before `start`."""
        n_history, n_blocks = self.n_lags - 1, -(-(last - first) // self.block_samples)
        n_silent, n_end = n_history - min(n_history, first - start), n_history + last - first
        padded = self._buffer("padded", (_n_channels(signals), n_history + n_blocks * self.block_samples))
        padded[:, :n_silent] = 0
        _fill(padded[:, n_silent:n_end], signals, first - n_history + n_silent, last)
        padded[:, n_end:] = 0
        windows = np.lib.stride_tricks.sliding_window_view(padded, self.fft_samples, axis=1)
        return self._transform("x", windows[:, :: self.block_samples])

    def _transform(self, name: str, blocks: np.ndarray) -> np.ndarray:
        shape = (*blocks.shape[:-1], self.fft_samples // 2 + 1)
        return np.fft.rfft(blocks, out=self._buffer(name, shape, np.complex128))

    def _buffer(self, name: str, shape: tuple[int, ...], dtype: type = np.float64) -> np.ndarray:
        """An array, zero at first, kept for the next frame: fresh memory costs more than its transform."""
        if name not in self._buffers or self._buffers[name].shape != shape:
            self._buffers[name] = np.zeros(shape, dtype)
        return self._buffers[name]


def correlate(x: np.ndarray, y: np.ndarray, frames: Frames, n_lags: int) -> tuple[np.ndarray, np.ndarray]:
    """Lags of every frame in isolation, (n_frames, n_x, n_y, n_lags), and of the whole signals.

    Where the frames tile the signals, the whole is the sum of the frames and their boundaries;
    otherwise it takes a second pass.
    """
    n_samples = x.shape[-1]
    correlator = Correlator(n_lags, max(stop - start for start, stop in frames))
    by_frame = np.empty((len(frames), _n_channels(x), _n_channels(y), n_lags))
    for lags, (start, stop) in zip(by_frame, frames, strict=True):
        lags[...] = correlator.frame(x, y, start, stop)
    tiles = gap_free(frames, n_samples)
    if tiles is None:
        return by_frame, correlator.frame(x, y, 0, n_samples)
    rest = (correlator.frame(x, y, start, stop) for start, stop in tiles[len(frames) :])
    short = Correlator(n_lags, n_lags - 1)
    boundaries = sum(short.boundary(x, y, start, stop) for start, stop in tiles[1:])
    whole = by_frame.sum(axis=0) + sum(rest)
    return by_frame, whole + short.lags(boundaries) if len(tiles) > 1 else whole


def _n_channels(signals: np.ndarray) -> int:
    return int(np.prod(signals.shape[:-1]))


def _fill(place: np.ndarray, signals: np.ndarray, first: int, last: int) -> None:
    """Copy the samples [first, last) of all channels into place (n_channels, last - first)."""
    place.reshape(*signals.shape[:-1], last - first, copy=False)[...] = signals[..., first:last]
