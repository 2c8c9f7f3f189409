"""What estimates are worth in decibels: several of one track, separated and scored the same way."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import soundfile
from numpy.typing import NDArray

from singmap.files.audio_format import MIXTURE
from singmap.files.wav import open_wav, read_wav
from singmap.runtime.errors import REBUILD, InputError
from singmap.scoring.correlations import score_frame_bounds
from singmap.separation.separate import Magnitude, filtered, mixture_blocks
from singmap.spectra.settings import StftSettings
from singmap.spectra.stft import Audio, OverlapAdd

Estimators = Callable[[Magnitude], Mapping[str, Magnitude]]  # {name: estimate} of magnitudes


@dataclass(frozen=True)
class ScoringSettings:
    """How audio is made of magnitudes and scored, as for all systems of the study.

    estimator : name in separation.separate.ESTIMATORS
    window_samples, hop_samples : of score frames
    """

    estimator: str
    window_samples: int
    hop_samples: int


class _KeptAudio:
    """Audio that becomes whole block by block, in a file without a name instead of memory."""

    def __init__(self, file: IO[bytes], stft: StftSettings, shape: tuple[int, ...]):
        self._file, self._overlap, self._n_channels = file, OverlapAdd(stft, shape[-1]), shape[0]

    def add(self, spectra: NDArray[np.complex64]) -> None:
        self._write(self._overlap.add(spectra))

    def finish(self) -> None:
        """Add the last samples; nothing can be added afterwards."""
        self._write(self._overlap.finish())

    def piece(self, start: int, stop: int) -> NDArray[np.float32]:
        """The samples [start, stop) of the finished audio, (n_samples, n_channels)."""
        found = np.empty((stop - start, self._n_channels), np.float32)
        self._file.seek(start * found.strides[0])
        self._file.readinto(found.data)  # type: ignore[attr-defined]
        return found

    def _write(self, audio: Audio) -> None:
        self._file.write(np.ascontiguousarray(audio.T).data)


def target_sdr(
    folder: Path,
    targets: list[str],
    n_samples: int,
    estimators: Estimators,
    stft: StftSettings,
    scoring: ScoringSettings,
) -> dict[str, float]:
    """SDR of the target in dB for each estimate, {name: median over the track's score frames}.

    folder, n_samples : a decoded track; targets : names of target and accompaniment
    Every block of frames is estimated once. The audio waits in the temporary folder, 85 MB for each estimate
    of a track of 4 minutes, since all become whole at the same time, and is scored frame by frame: of
    BSSEval's scores SDR alone needs no filter, and so nothing of the rest of the track.
    Score frames without a finite SDR are left out, as in the table Scores; NaN where none has one, which is
    so where target, accompaniment or an estimate is silent throughout.
    """
    mixture = folder / f"{MIXTURE}.wav"
    with ExitStack() as files:
        kept = _separated_each(read_wav(mixture, n_samples), estimators, stft, scoring.estimator, files)
        paths = [folder / f"{name}.wav" for name in (MIXTURE, *targets)]
        signals = [files.enter_context(open_wav(path, 2, n_samples)) for path in paths]
        values: dict[str, list[float]] = {name: [] for name in kept}
        for start, stop in score_frame_bounds(n_samples, scoring.window_samples, scoring.hop_samples):
            whole, *sources = (_piece_of(file, start, stop) for file in signals)
            for name, audio in kept.items():
                estimate = audio.piece(start, stop)
                values[name].append(_sdr(sources, [estimate, whole - estimate]))
    return {name: _finite_median(of_frames) for name, of_frames in values.items()}


def _piece_of(file: soundfile.SoundFile, start: int, stop: int) -> NDArray[np.float32]:
    """The samples [start, stop) of a stereo file; raises InputError where one is not finite."""
    file.seek(start)
    piece: NDArray[np.float32] = file.read(stop - start, dtype="float32")
    if not np.isfinite(piece).all():
        raise InputError(str(file.name), "finite samples", "NaN or infinity", REBUILD)
    return piece


def _sdr(sources: list[NDArray[np.float32]], estimates: list[NDArray[np.float32]]) -> float:
    """BSSEval v4's SDR in dB of the first source in a score frame; all (n_samples, n_channels).

    NaN where the channels of any source or estimate sum to zero throughout, as museval has it.
    """
    if not all(signal.sum(axis=1).any() for signal in (*sources, *estimates)):
        return float("nan")
    true = sources[0].astype(np.float64)
    error = estimates[0] - true
    with np.errstate(divide="ignore"):  # of a perfect estimate
        return float(10 * np.log10(np.sum(true**2) / np.sum(error**2)))


def _finite_median(values: list[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.median(finite)) if finite else float("nan")


@contextmanager
def _kept_audio(stft: StftSettings, shape: tuple[int, ...]) -> Iterator[_KeptAudio]:
    with tempfile.TemporaryFile() as file:
        yield _KeptAudio(file, stft, shape)


def _separated_each(
    mixture: Audio, estimators: Estimators, stft: StftSettings, estimator: str, files: ExitStack
) -> dict[str, _KeptAudio]:
    """Separate a mixture (n_channels, n_samples) with each of the estimates, {name: audio}."""
    kept: dict[str, _KeptAudio] = {}
    for block in mixture_blocks(mixture, stft):
        of_channels = [estimators(np.abs(channel)) for channel in block]
        for name in of_channels[0]:
            if name not in kept:
                kept[name] = files.enter_context(_kept_audio(stft, mixture.shape))
            magnitude = np.stack([estimates[name] for estimates in of_channels])
            kept[name].add(filtered(block, magnitude, estimator))
    for audio in kept.values():
        audio.finish()
    return kept
