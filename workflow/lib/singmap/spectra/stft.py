"""Short-time Fourier analysis and synthesis with the scale that the models need (see `spectra.settings`).

To the bit what librosa.stft and librosa.istft give, without the seconds that its import and the compilation
of its loops take in every job. A track's spectra take ten times the memory of its audio, so what changes them
works block by block: `spectra_blocks` gives the frames of a few seconds, `synthesise` or an OverlapAdd takes
them back in this order, and blocks of any length give the same samples.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from singmap.files.audio_pieces import AudioPieces, StoredAudio
from singmap.spectra.settings import StftSettings

FRAMES_AT_ONCE = 32  # in double precision: half a megabyte per channel at the paper's setting

Audio = NDArray[np.float32]
Spectra = NDArray[np.complex64]


def analyse(audio: NDArray[np.floating], settings: StftSettings) -> Spectra:
    """Complex spectra of audio (n_samples,) or (n_channels, n_samples) as (..., n_frames, n_bins)."""
    half = settings.fft_samples // 2
    return _transformed(_padded(np.asarray(audio, dtype=np.float32), half, half), settings)


def spectra_blocks(
    audio: NDArray[np.floating] | AudioPieces, settings: StftSettings, block_frames: int
) -> Iterator[Spectra]:
    """Yield blocks (..., up to block_frames, n_bins) of the spectra of audio (..., n_samples), in order.

    Together what `analyse` gives, with one frame more unless the audio is a whole number of hops long. The
    frames of `analyse`, which the models learn from, end up to a hop before the audio does. Its last samples
    then lie under the edge of one window, and synthesis makes clicks of what a mask does there.
    """
    hop_samples, fft_samples, n_samples = settings.hop_samples, settings.fft_samples, audio.shape[-1]
    half = fft_samples // 2
    whole_hops = -(-n_samples // hop_samples) * hop_samples
    n_frames = 1 + (whole_hops + 2 * half - fft_samples) // hop_samples
    for first in range(0, n_frames, block_frames):
        last = min(first + block_frames, n_frames) - 1
        start, stop = first * hop_samples - half, last * hop_samples - half + fft_samples
        covered = np.asarray(audio[..., max(0, start) : stop], dtype=np.float32)
        before = max(0, -start)
        after = stop - start - before - covered.shape[-1]
        yield _transformed(_padded(covered, before, after), settings)


class OverlapAdd:
    """Audio of spectra that come block by block: weighted overlap-add.

    The least-squares inverse (Griffin and Lim 1984): it undoes window and scale, so that unchanged spectra
    give the signal back. Spectra that were changed must come from `spectra_blocks`, without a gap.
    """

    def __init__(self, settings: StftSettings, n_samples: int):
        self._settings, self._window = settings, _centred_window(settings)
        self._skipped = settings.fft_samples // 2  # samples of the first frame that lie before the audio
        self._left = n_samples
        self._sum = self._weight = np.zeros(settings.fft_samples - settings.hop_samples, np.float32)

    def add(self, spectra: Spectra) -> Audio:
        """Add the next frames (..., n_frames, n_bins); returns the samples (..., n) that are whole then."""
        hop_samples, fft_samples = self._settings.hop_samples, self._settings.fft_samples
        n_frames = spectra.shape[-2]
        n_whole = n_frames * hop_samples
        audio = np.zeros((*spectra.shape[:-2], n_whole + fft_samples - hop_samples), np.float32)
        weight = np.zeros(audio.shape[-1], np.float32)
        audio[..., : len(self._weight)], weight[: len(self._weight)] = self._sum, self._weight
        for first in range(0, n_frames, FRAMES_AT_ONCE):
            frames = np.fft.irfft(spectra[..., first : first + FRAMES_AT_ONCE, :], n=fft_samples)
            frames = self._window * frames
            for frame in range(frames.shape[-2]):
                start = (first + frame) * hop_samples
                covered = slice(start, start + fft_samples)
                audio[..., covered] += frames[..., frame, :]
                weight[covered] += self._window**2
        self._sum, self._weight = audio[..., n_whole:].copy(), weight[n_whole:].copy()
        return self._taken(audio[..., :n_whole], weight[:n_whole])

    def finish(self) -> Audio:
        """The last samples (..., n); silence where no frame reaches."""
        missing = max(0, self._left + self._skipped - len(self._weight))
        audio = _padded(self._sum, 0, missing)
        return self._taken(audio, _padded(self._weight, 0, missing))

    def _taken(self, audio: Audio, weight: Audio) -> Audio:
        """The part of the next samples that lies within the audio, each divided by its weight."""
        first = min(self._skipped, len(weight))
        within = slice(first, min(len(weight), first + self._left))
        self._skipped -= first
        self._left -= within.stop - within.start
        audio, weight = audio[..., within], weight[within]
        return np.divide(audio, weight, out=audio, where=weight > np.finfo(np.float32).tiny)


def synthesise(blocks: Iterable[Spectra], settings: StftSettings, shape: tuple[int, ...]) -> Audio:
    """Audio of this shape, (..., n_samples), of spectra that come block by block, as OverlapAdd makes it."""
    audio = np.empty(shape[::-1], np.float32).T  # channels side by side, as a WAV file has them
    _fill(audio, blocks, settings)
    return audio


def synthesise_stored(
    blocks: Iterable[Spectra], settings: StftSettings, shape: tuple[int, int]
) -> StoredAudio:
    """What `synthesise` gives, in the temporary folder instead of memory."""
    audio = StoredAudio(shape)
    _fill(audio, blocks, settings)
    return audio


def _fill(audio: Audio | StoredAudio, blocks: Iterable[Spectra], settings: StftSettings) -> None:
    n_done = 0
    for part in _overlap_added(blocks, OverlapAdd(settings, audio.shape[-1])):
        audio[..., n_done : n_done + part.shape[-1]] = part
        n_done += part.shape[-1]


def _overlap_added(blocks: Iterable[Spectra], overlap: OverlapAdd) -> Iterator[Audio]:
    for block in blocks:
        yield overlap.add(block)
    yield overlap.finish()


def _transformed(padded: Audio, settings: StftSettings) -> Spectra:
    """Spectra (..., n_frames, n_bins) of all frames that lie wholly within audio (..., n_samples)."""
    frames = sliding_window_view(padded, settings.fft_samples, axis=-1)[..., :: settings.hop_samples, :]
    window = _centred_window(settings)
    spectra = np.empty((*frames.shape[:-1], settings.n_bins), np.complex64)
    for first in range(0, frames.shape[-2], FRAMES_AT_ONCE):
        block = np.s_[..., first : first + FRAMES_AT_ONCE, :]
        spectra[block] = np.fft.rfft(frames[block] * window)
    return spectra


def _centred_window(settings: StftSettings) -> NDArray[np.float64]:
    """The window with zeros on both sides, (fft_samples,)."""
    missing = settings.fft_samples - settings.window_samples
    return np.pad(settings.scaled_window(), (missing // 2, missing - missing // 2))


def _padded(audio: Audio, before: int, after: int) -> Audio:
    """Audio (..., n_samples) with zeros before and after it."""
    return np.pad(audio, [(0, 0)] * (audio.ndim - 1) + [(before, after)])
