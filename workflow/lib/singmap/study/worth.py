"""What estimates are worth in decibels: several of one track, separated and scored the same way."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from singmap.files.audio_format import MIXTURE
from singmap.files.wav import read_targets, read_wav, wav_blocks
from singmap.scoring.track_scores import METRICS, TrackScorer
from singmap.separation.separate import Magnitude, filtered, mixture_blocks
from singmap.spectra.settings import StftSettings
from singmap.spectra.stft import Audio, OverlapAdd

Estimators = Callable[[Magnitude], Mapping[str, Magnitude]]  # {name: estimate} of magnitudes


@dataclass(frozen=True)
class ScoringSettings:
    """How audio is made of magnitudes and scored, as for all systems of the study.

    estimator : name in separation.separate.ESTIMATORS
    window_samples, hop_samples : of score frames
    engine : `fast` or `museval`
    """

    estimator: str
    window_samples: int
    hop_samples: int
    engine: str = "fast"


class _KeptAudio:
    """Audio that becomes whole block by block, in a file without a name instead of memory."""

    def __init__(self, file: IO[bytes], stft: StftSettings, shape: tuple[int, ...]):
        self._file, self._overlap = file, OverlapAdd(stft, shape[-1])

    def add(self, spectra: NDArray[np.complex64]) -> None:
        self._write(self._overlap.add(spectra))

    def finish(self) -> None:
        """Add the last samples; nothing can be added afterwards."""
        self._write(self._overlap.finish())

    def read_into(self, place: NDArray[np.float32]) -> None:
        """Read the whole audio into an array (n_samples, n_channels) that is there."""
        self._file.seek(0)
        self._file.readinto(place.data)  # type: ignore[attr-defined]

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
    of a track of 4 minutes, since all become whole at the same time.
    Score frames without a finite SDR are left out, as in the table Scores; NaN where none has one, which is
    so where target, accompaniment or an estimate is silent throughout.
    """
    mixture = folder / f"{MIXTURE}.wav"
    with ExitStack() as files:
        kept = _separated_each(read_wav(mixture, n_samples), estimators, stft, scoring.estimator, files)
        references = read_targets(folder, targets, n_samples)
        window, hop = scoring.window_samples, scoring.hop_samples
        scorer = TrackScorer(references, window, hop, scoring.engine, folder.name)
        estimates = np.empty_like(references)  # one place for all: references and these fill the memory
        found = {}
        for name, target in kept.items():
            target.read_into(estimates[0])
            first = 0
            for block in wav_blocks(mixture, n_samples):
                part = slice(first, first + len(block))
                np.subtract(block, estimates[0, part], out=estimates[1, part])
                first += len(block)
            of_target = scorer.score(estimates, name).values[METRICS.index("SDR"), 0]
            finite = of_target[np.isfinite(of_target)]
            found[name] = float(np.median(finite)) if len(finite) else float("nan")
    return found


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
