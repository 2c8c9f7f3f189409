"""Correlations of many channels at a few hundred lags, one score frame after the other, from short blocks.

A lag is d[p, q, k] = sum over n of x_p[n - k] y_q[n], k = 0 ... n_lags - 1. A stretch is cut into blocks;
the spectrum of an x block takes n_lags - 1 samples of history with it, that of a y block is
zero-padded, and the sum over blocks of X_p conj(Y_q) is one spectrum whose inverse holds the lags of
the whole stretch. So the long transform and most inverse transforms are saved (overlap-save).
"""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import scipy.fft
from numpy.typing import DTypeLike, NDArray

FFT_SAMPLES = 2880  # 2^6 3^2 5: near the cheapest per sample at 512 lags, and 20 blocks fill one second
BLOCKS_AT_ONCE = 32  # bounds the memory of long stretches: 3 MB a channel

ScoreFrames = list[tuple[int, int]]
Floats = NDArray[np.float64]
Spectra = NDArray[np.complex128]


class Pieces(Protocol):
    """An array, or what is sliced as one and read in pieces."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __getitem__(self, key: Any, /) -> Any: ...


class Signals(Pieces, Protocol):
    """Audio in any real number format, in pieces, and as a sequence of its sources."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


def score_frame_bounds(n_samples: int, win: float, hop: float) -> ScoreFrames:
    """First and last-but-one sample of every score frame, as museval's `Framing` (whole windows only).

    A window not shorter than the signal (or infinite) gives one: all of it.
    """
    if not win < n_samples:
        return [(0, n_samples)]
    n_score_frames = int(np.floor((n_samples - win + hop) / hop))
    return [(int(t * hop), int(min(t * hop + win, n_samples))) for t in range(n_score_frames)]


def gap_free(score_frames: ScoreFrames, n_samples: int) -> ScoreFrames | None:
    """Score frames that follow each other without gap or overlap, with the rest of the signal as one more.

    None where `score_frames` overlap or leave gaps.
    """
    ends = [0, *(stop for _, stop in score_frames)]
    if any(start != end for (start, _), end in zip(score_frames, ends, strict=False)):
        return None
    return score_frames if ends[-1] == n_samples else [*score_frames, (ends[-1], n_samples)]


class Correlator:
    """Correlates channels x (..., n_samples) with y (..., n_samples) at lags 0 ... n_lags - 1.

    stretch_samples : usual length of a stretch; blocks are sized to fill it nearly evenly
    Leading axes count as one, n_x or n_y channels long. Sums are float64.
    """

    def __init__(self, n_lags: int, stretch_samples: int):
        n_blocks = -(-stretch_samples // (FFT_SAMPLES - n_lags + 1))
        smallest = -(-stretch_samples // n_blocks) + n_lags - 1
        self.n_lags = n_lags
        self.fft_samples = scipy.fft.next_fast_len(smallest, real=True)
        self.block_samples = self.fft_samples - n_lags + 1
        self._buffers: dict[str, NDArray[Any]] = {}

    def stretch(self, x: Pieces, y: Pieces, start: int, stop: int) -> Floats:
        """Lags (n_x, n_y, n_lags) of the stretch [start, stop) cut out in isolation."""
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

    def boundary(self, x: Pieces, y: Pieces, start: int, stop: int) -> Spectra:
        """Cross-spectrum (n_x, n_y, n_bins) of x just before `start` with y in the stretch [start, stop)."""
        n_history = min(self.n_lags - 1, start)
        past = np.zeros((_n_channels(x), self.fft_samples))
        _fill(past[:, self.n_lags - 1 - n_history : self.n_lags - 1], x, start - n_history, start)
        head = self._spectra(y, start, min(start + self.n_lags - 1, stop))[:, 0]
        spectra: Spectra = scipy.fft.rfft(past)
        return spectra[:, None] * head

    def lags(self, spectrum: Spectra) -> Floats:
        """Lags (n_x, n_y, n_lags) of a cross-spectrum."""
        sums: Floats = scipy.fft.irfft(spectrum, self.fft_samples)
        # Each x block begins n_lags - 1 samples early, so that lag k stands at n_lags - 1 - k.
        return sums[..., self.n_lags - 1 :: -1]

    def _spectra(self, signals: Pieces, first: int, last: int) -> Spectra:
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

    def _spectra_with_history(self, signals: Pieces, start: int, first: int, last: int) -> Spectra:
        """Spectra of the blocks with the n_lags - 1 samples before each, but none from before `start`."""
        n_history, n_blocks = self.n_lags - 1, -(-(last - first) // self.block_samples)
        n_silent, n_end = n_history - min(n_history, first - start), n_history + last - first
        padded = self._buffer("padded", (_n_channels(signals), n_history + n_blocks * self.block_samples))
        padded[:, :n_silent] = 0
        _fill(padded[:, n_silent:n_end], signals, first - n_history + n_silent, last)
        padded[:, n_end:] = 0
        windows = np.lib.stride_tricks.sliding_window_view(padded, self.fft_samples, axis=1)
        return self._transform("x", windows[:, :: self.block_samples])

    def _transform(self, name: str, blocks: Floats) -> Spectra:
        shape = (*blocks.shape[:-1], self.fft_samples // 2 + 1)
        # Of NumPy and not of SciPy, which can't write into memory that is there.
        return np.fft.rfft(blocks, out=self._buffer(name, shape, np.complex128))

    def _buffer(self, name: str, shape: tuple[int, ...], dtype: DTypeLike = np.float64) -> NDArray[Any]:
        """An array, zero at first, kept for the next stretch: fresh memory costs more than its transform."""
        if name not in self._buffers or self._buffers[name].shape != shape:
            self._buffers[name] = np.zeros(shape, dtype)
        return self._buffers[name]


def correlate(x: Pieces, y: Pieces, score_frames: ScoreFrames, n_lags: int) -> tuple[Floats, Floats]:
    """Lags of every score frame in isolation, (n_score_frames, n_x, n_y, n_lags), and of the whole signals.

    Where these tile the signals, the whole is the sum of them and of their boundaries;
    otherwise it takes a second pass.
    """
    n_samples = x.shape[-1]
    correlator = Correlator(n_lags, max(stop - start for start, stop in score_frames))
    by_score_frame = np.empty((len(score_frames), _n_channels(x), _n_channels(y), n_lags))
    for lags, (start, stop) in zip(by_score_frame, score_frames, strict=True):
        lags[...] = correlator.stretch(x, y, start, stop)
    tiles = gap_free(score_frames, n_samples)
    if tiles is None:
        return by_score_frame, correlator.stretch(x, y, 0, n_samples)
    rest = (correlator.stretch(x, y, start, stop) for start, stop in tiles[len(score_frames) :])
    whole: Floats = by_score_frame.sum(axis=0) + sum(rest)
    if len(tiles) == 1:
        return by_score_frame, whole
    short = Correlator(n_lags, n_lags - 1)
    boundaries = np.zeros((*by_score_frame.shape[1:3], short.fft_samples // 2 + 1), np.complex128)
    for start, stop in tiles[1:]:
        boundaries += short.boundary(x, y, start, stop)
    return by_score_frame, whole + short.lags(boundaries)


def _n_channels(signals: Pieces) -> int:
    return int(np.prod(signals.shape[:-1]))


def _fill(place: Floats, signals: Pieces, first: int, last: int) -> None:
    """Copy the samples [first, last) of all channels into place (n_channels, last - first)."""
    place.reshape(*signals.shape[:-1], last - first, copy=False)[...] = signals[..., first:last]
