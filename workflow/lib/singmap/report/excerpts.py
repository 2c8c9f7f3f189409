"""Short audio excerpts for the report: which part to take, its file list, and its coding for a web page."""

import io
from collections.abc import Iterable

import numpy as np
import soundfile
from numpy.typing import NDArray

from singmap.files.audio_pieces import Audio, blocks

MP3_COMPRESSION = 0.4  # of libsndfile, 0 best to 1 smallest; gives 120-160 kbit/s in stereo
PEAK = 0.98  # louder signals are scaled down: MP3 decoders clip at 1


def loudest_stretch(audio: Audio, n_samples: int, hop_samples: int) -> tuple[int, float]:
    """First sample and energy of the `n_samples` in which `audio` (n_channels, n_samples_total) is loudest.

    Starts at multiples of `hop_samples`; at 0 when the audio is no longer than that.
    """
    starts = np.arange(0, max(1, audio.shape[1] - n_samples + 1), hop_samples)
    ends = np.minimum(starts + n_samples, audio.shape[1])
    energies = _energy_before(audio, ends) - _energy_before(audio, starts)
    loudest = int(np.argmax(energies))
    return int(starts[loudest]), float(energies[loudest])


def _energy_before(audio: Audio, samples: NDArray[np.integer]) -> NDArray[np.float64]:
    """Energy of all channels before each of these samples, which ascend; read block by block."""
    energies, reached = np.zeros(len(samples)), 0.0
    for block in blocks(audio.shape[1]):
        squares = np.sum(audio[:, block].astype(np.float64) ** 2, axis=0)
        sums = np.cumsum(np.concatenate([[reached], squares]))
        within = slice(*np.searchsorted(samples, [block.start, block.start + len(sums)]))
        energies[within] = sums[samples[within] - block.start]
        reached = sums[-1]
    return energies


def common_gain(signals: Iterable[NDArray[np.float32]]) -> float:
    """The gain, at most 1, with which none of these signals clips: one for all, so that loudness compares."""
    peak = max((float(np.max(np.abs(audio), initial=0.0)) for audio in signals), default=0.0)
    return PEAK / max(peak, PEAK)


def mp3_bytes(audio: NDArray[np.float32], sample_rate_hz: int) -> bytes:
    """Code audio (n_channels, n_samples), full scale 1, as MP3, which every browser plays."""
    buffer = io.BytesIO()
    soundfile.write(
        buffer,
        audio.T,
        sample_rate_hz,
        format="MP3",
        subtype="MPEG_LAYER_III",
        compression_level=MP3_COMPRESSION,
    )
    return buffer.getvalue()
