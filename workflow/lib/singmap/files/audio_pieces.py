"""Audio of which only pieces are in memory: files, their differences, and several of them as one array.

They are sliced as arrays are, ``audio[..., first:last]``, and `np.asarray` reads all of one. What goes
through a track from its start to its end takes as much memory for ten minutes as for ten seconds.
"""

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import EllipsisType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from singmap.files.wav import open_wav
from singmap.runtime.errors import REBUILD, InputError

BLOCK_SAMPLES = 1 << 18  # that `blocks` gives at a time: 2 MB of stereo audio

Array: TypeAlias = NDArray[Any]


class AudioPieces(ABC):
    """Audio as an array (n_channels, n_samples) of float32 that is sliced along its samples alone."""

    shape: tuple[int, int]

    @abstractmethod
    def read(self, first: int, last: int) -> NDArray[np.float32]:
        """The samples [first, last) of all channels."""

    def __getitem__(self, key: tuple[EllipsisType | slice, slice]) -> NDArray[np.float32]:
        channels, samples = key
        first, last, _ = samples.indices(self.shape[1])
        return self.read(first, max(first, last))[channels]

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        return self.read(0, self.shape[1]).astype(dtype or np.float32, copy=False)

    def __sub__(self, other: "Audio") -> "AudioPieces":
        return _Difference(self, other)


Audio: TypeAlias = NDArray[np.float32] | AudioPieces


class WavAudio(AudioPieces):
    """A stereo file of 44.1 kHz, open as long as this is there.

    Raises InputError as `open_wav`, and as it is read for samples that are not finite.
    """

    def __init__(self, path: Path, n_samples: int | None = None):
        with ExitStack() as stack:
            self._file = stack.enter_context(open_wav(path, 2, n_samples))
            self._open = stack.pop_all()
        self._path, self.shape = path, (2, self._file.frames)

    def read(self, first: int, last: int) -> NDArray[np.float32]:
        """The samples [first, last) of both channels."""
        self._file.seek(first)
        found: NDArray[np.float32] = self._file.read(last - first, dtype="float32", always_2d=True)
        if not np.isfinite(found).all():
            raise InputError(str(self._path), "finite samples", "NaN or infinity", REBUILD)
        return found.T


class AudioStretch(AudioPieces):
    """Up to `n_samples` of audio from the sample `first` on, as if nothing else were there."""

    def __init__(self, audio: AudioPieces, first: int, n_samples: int):
        n_channels, n_samples_total = audio.shape
        self._audio, self._first = audio, first
        self.shape = (n_channels, max(0, min(n_samples, n_samples_total - first)))

    def read(self, first: int, last: int) -> NDArray[np.float32]:
        """The samples [first, last) of all channels."""
        return self._audio.read(self._first + first, self._first + last)


class StoredAudio(AudioPieces):
    """Audio of this shape that waits in the temporary folder, in a file without a name; silent at first."""

    def __init__(self, shape: tuple[int, int]):
        self._file, self.shape = tempfile.TemporaryFile(), shape  # noqa: SIM115, open as long as this is
        self._file.truncate(4 * shape[0] * shape[1])

    def __setitem__(self, key: tuple[EllipsisType | slice, slice], audio: NDArray[np.float32]) -> None:
        self._seek(key[1].indices(self.shape[1])[0])
        self._file.write(np.ascontiguousarray(audio.T, np.float32).data)

    def read(self, first: int, last: int) -> NDArray[np.float32]:
        """The samples [first, last) of all channels."""
        found = np.empty((last - first, self.shape[0]), np.float32)
        self._seek(first)
        self._file.readinto(found.data)
        return found.T

    def _seek(self, sample: int) -> None:
        self._file.seek(4 * self.shape[0] * sample)


class _Difference(AudioPieces):
    """What is left of audio without other audio of the same shape."""

    def __init__(self, whole: AudioPieces, part: Audio):
        self._whole, self._part, self.shape = whole, part, whole.shape

    def read(self, first: int, last: int) -> NDArray[np.float32]:
        """The samples [first, last) of all channels."""
        return self._whole.read(first, last) - self._part[:, first:last]


class StackedAudio:
    """Signals (n_channels, n_samples) of one shape as (n_signals, n_samples, n_channels), museval's layout.

    ``stacked[:, first:last]`` are pieces of all, ``stacked[number, first:last]`` one of one signal; loops
    give the signals, each to be sliced along its samples: ``signal[first:last]``.
    """

    def __init__(self, signals: Sequence[Audio]):
        self._signals, (n_channels, n_samples) = list(signals), signals[0].shape
        self.shape: tuple[int, int, int] = (len(self._signals), n_samples, n_channels)

    def __len__(self) -> int:
        return len(self._signals)

    def __getitem__(self, key: tuple[int | slice, slice]) -> NDArray[np.float32]:
        numbers, samples = key
        if not isinstance(numbers, slice):
            return self._signals[numbers][:, samples].T
        return np.stack([signal[:, samples].T for signal in self._signals[numbers]])

    def __iter__(self) -> Iterator["OneOfStacked"]:
        return (OneOfStacked(self, number) for number in range(len(self)))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        return self[:, :].astype(dtype or np.float32, copy=False)


class OneOfStacked:
    """One of several signals, (n_samples, n_channels), sliced along its samples."""

    def __init__(self, stacked: StackedAudio, number: int):
        self._stacked, self._number = stacked, number

    def __len__(self) -> int:
        return self._stacked.shape[1]

    def __getitem__(self, samples: slice) -> NDArray[np.float32]:
        return self._stacked[self._number, samples]


def read_stacked(folder: Path, names: Sequence[str], n_samples: int | None = None) -> StackedAudio:
    """The files ``<folder>/<name>.wav`` as one array.

    Raises InputError as WavAudio does, and where they differ in length.
    """
    signals = [WavAudio(folder / f"{name}.wav", n_samples) for name in names]
    if len(shapes := {signal.shape for signal in signals}) > 1:
        raise InputError(str(folder), f"{names} of one length", f"{sorted(shapes)}", REBUILD)
    return StackedAudio(signals)


def blocks(n_samples: int) -> Iterator[slice]:
    """The samples of a track, up to BLOCK_SAMPLES at a time."""
    return (slice(first, first + BLOCK_SAMPLES) for first in range(0, n_samples, BLOCK_SAMPLES))
