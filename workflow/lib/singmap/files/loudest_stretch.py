"""The stretch of a track in which a source is loudest: it is heard, or scored where the whole is too much."""

import numpy as np
from numpy.typing import NDArray

from singmap.files.audio_format import SAMPLE_RATE_HZ
from singmap.files.audio_pieces import Audio, blocks

START_STEP_SAMPLES = SAMPLE_RATE_HZ // 10  # between the starts that are tried


def loudest_stretch(audio: Audio, n_samples: int, hop_samples: int = START_STEP_SAMPLES) -> tuple[int, float]:
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
