"""What estimates are worth in decibels: several of one track, separated and scored the same way."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from singmap.scoring.track_scores import METRICS, TrackScorer
from singmap.separation.mixture import accompaniment_of
from singmap.separation.separate import Magnitude, filtered, mixture_blocks
from singmap.spectra.settings import StftSettings
from singmap.spectra.stft import Audio, OverlapAdd

Estimators = Callable[[Magnitude], Mapping[str, Magnitude]]  # {name: estimate} of magnitudes


@dataclass(frozen=True)
class ScoringSettings:
    """How audio is made of magnitudes and scored, as for all systems of the study.

    estimator : name in separation.separate.ESTIMATORS
    window_samples, hop_samples : of score frames
    engine : one of scoring.track_scores.ENGINES
    """

    estimator: str
    window_samples: int
    hop_samples: int
    engine: str = "fast"


class _KeptAudio:
    """Audio that becomes whole block by block, in a file without a name instead of memory."""

    def __init__(self, file: IO[bytes], stft: StftSettings, shape: tuple[int, ...]):
        self._file, self._overlap, self._shape = file, OverlapAdd(stft, shape[-1]), shape

    def add(self, spectra: NDArray[np.complex64]) -> None:
        self._write(self._overlap.add(spectra))

    def whole(self) -> Audio:
        """The audio in its shape, (n_channels, n_samples); nothing can be added afterwards."""
        self._write(self._overlap.finish())
        self._file.seek(0)
        audio: Audio = np.fromfile(self._file, np.float32).reshape(self._shape[::-1]).T
        return audio

    def _write(self, audio: Audio) -> None:
        self._file.write(np.ascontiguousarray(audio.T).data)


def separated_each(
    mixture: NDArray[np.float32], estimators: Estimators, stft: StftSettings, estimator: str
) -> Iterator[tuple[str, Audio]]:
    """Separate a mixture (n_channels, n_samples) with each of the estimates; yields their names and audio.

    Every block of frames is estimated once. The audio waits in the temporary folder, 85 MB for each estimate
    of a track of 4 minutes, since all become whole at the same time.
    """
    kept: dict[str, _KeptAudio] = {}
    with ExitStack() as files:
        for block in mixture_blocks(mixture, stft):
            of_channels = [estimators(np.abs(channel)) for channel in block]
            for name in of_channels[0]:
                if name not in kept:
                    file = files.enter_context(tempfile.TemporaryFile())
                    kept[name] = _KeptAudio(file, stft, mixture.shape)
                magnitude = np.stack([estimates[name] for estimates in of_channels])
                kept[name].add(filtered(block, magnitude, estimator))
        for name, audio in kept.items():
            yield name, audio.whole()


def target_sdr(
    mixture: NDArray[np.float32],
    references: NDArray[np.float32],
    estimators: Estimators,
    stft: StftSettings,
    scoring: ScoringSettings,
    track_id: str,
) -> dict[str, float]:
    """SDR of the target in dB for each estimate, {name: median over the track's score frames}.

    mixture : (n_channels, n_samples)
    references : target and accompaniment, (2, n_samples, n_channels)
    Score frames without a finite SDR are left out, as in the table Scores; NaN where none has one, which is
    so where target, accompaniment or an estimate is silent throughout.
    """
    scorer = TrackScorer(references, scoring.window_samples, scoring.hop_samples, scoring.engine, track_id)

    def scored(separated: tuple[str, Audio]) -> tuple[str, float]:
        name, target = separated
        estimates = np.empty_like(references)
        estimates[0], estimates[1] = target.T, accompaniment_of(mixture, target).T
        of_target = scorer.score(estimates, name).values[METRICS.index("SDR"), 0]
        finite = of_target[np.isfinite(of_target)]
        return name, float(np.median(finite)) if len(finite) else float("nan")

    # `map` lets go of one estimate's audio before the next is read; a loop would keep it.
    return dict(map(scored, separated_each(mixture, estimators, stft, scoring.estimator)))
