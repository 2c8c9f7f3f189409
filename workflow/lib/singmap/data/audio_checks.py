"""What decoded audio says of itself: levels that can't be right, a mixture that is not the sum, a digest.

The limits stand far from what the 119 clips of MUSDB18-7s have: mixture against sum -22.6 dB or less (AAC's
streams do not add up exactly; the demo's test tracks -22.4), peaks of 1.0 or less, an offset of -22.6 dB or
less of the mixture's power, channels within 4 dB of each other. stempeg's whole example, which begins with
its encoder's click, has -15.4 dB and a peak of 3.0.
"""

import hashlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from singmap.files.audio_format import ACCOMPANIMENT, MIXTURE
from singmap.runtime.errors import InputError

Block = dict[str, NDArray[np.float32]]  # of each signal's name, (n_samples, n_channels)

DIFFERENCE_DB = -15.0  # the louder, the more likely a source is missing, or a mix is among the sources
PEAK_POSSIBLE = 100.0  # 40 dB above full scale: integers that nobody scaled
PEAK_USUAL = 4.0
PEAK_QUIET = 1e-3
OFFSET_IMPOSSIBLE_DB = -3.0  # half the power: unsigned samples that were read as signed ones
OFFSET_USUAL_DB = -15.0
OFFSET_AUDIBLE = 1e-3  # a smaller one in a pause of a stem is nobody's worry
DEAD_DB = -60.0
FLOOR_DB = -200.0
SCALE_IT = "divide integers by their full scale: 32768 where they have 16 bits"


class AudioChecks:
    """Numbers of one track, gathered block by block.

    Parameters
    ----------
    track : its name, for errors
    target : the source under study; blocks hold it, the mixture and the accompaniment, all stereo
    """

    def __init__(self, track: str, target: str):
        self._track, self._target = track, target
        self._names = (MIXTURE, target, ACCOMPANIMENT)
        self._sums = {name: np.zeros(2) for name in self._names}
        self._energies = {name: np.zeros(2) for name in (*self._names, "difference")}
        self._peaks = dict.fromkeys(self._names, 0.0)
        self._digest = hashlib.sha256()
        self._n_samples = 0

    def over(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """Yield the blocks as they come, and take note of them."""
        for block in blocks:
            self._add(block)
            yield block

    def _add(self, block: Block) -> None:
        self._n_samples += len(block[MIXTURE])
        difference = block[MIXTURE] - block[self._target] - block[ACCOMPANIMENT]
        ones = np.ones(len(difference), np.float32)
        for name, audio in (*((name, block[name]) for name in self._names), ("difference", difference)):
            self._energies[name] += np.diagonal(audio.T @ audio)  # the fastest sum of squares of columns
        for name in self._names:
            self._sums[name] += ones @ block[name]
            extremes = block[name].max(initial=0), -block[name].min(initial=0)
            self._peaks[name] = max(self._peaks[name], float(max(extremes)))
        self._digest.update(np.ascontiguousarray(to_mono(block[MIXTURE])).data)

    @property
    def digest(self) -> str:
        """SHA-256 of the mean of the mixture's channels: the same for the same audio in every subset."""
        return self._digest.hexdigest()

    @property
    def target_is_silent(self) -> bool:
        """Whether the target is digital silence throughout."""
        return not self._peaks[self._target]

    @property
    def mixture_difference_db(self) -> float:
        """Energy of the mixture less the sum of all sources, relative to the mixture's, in dB."""
        return _decibels(self._energies["difference"].sum(), self._energies[MIXTURE].sum())

    def require_possible(self) -> None:
        """Raise InputError for audio that no music is: silence, integers nobody scaled, half of it offset."""
        if not self._peaks[MIXTURE]:
            raise InputError(self._where(MIXTURE), "music", "digital silence throughout", "leave it out")
        for name in self._names:
            if self._peaks[name] > PEAK_POSSIBLE:
                found = f"samples up to {self._peaks[name]:.4g}"
                raise InputError(self._where(name), "samples of full scale 1", found, SCALE_IT)
        if self._offset_db(MIXTURE) > OFFSET_IMPOSSIBLE_DB:
            found = f"a mean of {self._offset(MIXTURE):.3g}, most of its power"
            remedy = "remove the offset; unsigned samples may have been read as signed ones"
            raise InputError(self._where(MIXTURE), "audio around zero", found, remedy)

    def remarks(self) -> list[str]:
        """What may be right but should be known; levels are those of the head of this module."""
        found = []
        if self.mixture_difference_db > DIFFERENCE_DB:
            level = f"{self.mixture_difference_db:.1f} dB"
            found.append(f"the mixture differs from the sum of the sources by {level} of its own level")
        if self._peaks[MIXTURE] < PEAK_QUIET:
            found.append(f"the mixture's peak is only {self._peaks[MIXTURE]:.2g}")
        for name in self._names:
            if self._peaks[name] > PEAK_USUAL:
                found.append(f"{name} has samples up to {self._peaks[name]:.3g} times full scale")
            if self._offset_db(name) > OFFSET_USUAL_DB and self._offset(name) > OFFSET_AUDIBLE:
                found.append(f"{name} has an offset of {self._offset(name):.2g}")
            low, high = sorted(self._energies[name])
            if high and _decibels(low, high) < DEAD_DB:
                side = ("left", "right")[int(np.argmin(self._energies[name]))]
                found.append(f"the {side} channel of {name} is silent")
        return found

    def _where(self, name: str) -> str:
        return f"track {self._track!r}, {name}"

    def _offset(self, name: str) -> float:
        return float(np.abs(self._sums[name]).max() / self._n_samples)

    def _offset_db(self, name: str) -> float:
        """Power of the mean relative to all power, of the channel where it is largest."""
        means = self._sums[name] / self._n_samples
        pairs = zip(np.square(means), self._energies[name] / self._n_samples, strict=True)
        return max(_decibels(offset, power) for offset, power in pairs)


def to_mono(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of both channels of (n_samples, 2), (n_samples, 1)."""
    return (audio[:, :1] + audio[:, 1:]) * np.float32(0.5)


def _decibels(part: float, whole: float) -> float:
    """Ratio of two powers in dB, from FLOOR_DB on; none of nothing is FLOOR_DB, something of nothing 0."""
    if part <= 0:
        return FLOOR_DB
    return max(FLOOR_DB, 10 * float(np.log10(part / whole))) if whole > 0 else 0.0
