"""What estimates are worth in decibels: several of one track, separated and scored the same way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from singmap.scoring.track_scores import METRICS, TrackScorer
from singmap.separation.mixture import accompaniment_of
from singmap.separation.separate import Magnitude, MagnitudeEstimator, separate
from singmap.spectra.settings import StftSettings

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


def separated_each(
    mixture: NDArray[np.float32], estimators: Estimators, stft: StftSettings, estimator: str
) -> dict[str, NDArray[np.float32]]:
    """Separate a mixture (n_channels, n_samples) once with each of the estimates, {name: audio}.

    Every block of frames is estimated once, when the first name is separated, and kept for the others.
    """
    blocks: list[Mapping[str, Magnitude]] = []

    def estimate_all(magnitude: Magnitude) -> Magnitude:
        blocks.append(estimators(magnitude))
        return next(iter(blocks[-1].values()))

    audio = separate(mixture, estimate_all, stft, estimator)
    first, *others = blocks[0]
    replayed = {name: separate(mixture, _replay(blocks, name), stft, estimator) for name in others}
    return {first: audio} | replayed


def _replay(blocks: list[Mapping[str, Magnitude]], name: str) -> MagnitudeEstimator:
    """An estimator that gives the kept estimates of one name, block after block."""
    kept = (block[name] for block in blocks)
    return lambda magnitude: next(kept)


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
    sdr = {}
    for name, target in separated_each(mixture, estimators, stft, scoring.estimator).items():
        estimates = np.stack([target.T, accompaniment_of(mixture, target).T])
        scores = scorer.score(estimates, name)
        of_target = scores.values[METRICS.index("SDR"), 0]
        finite = of_target[np.isfinite(of_target)]
        sdr[name] = float(np.median(finite)) if len(finite) else float("nan")
    return sdr
