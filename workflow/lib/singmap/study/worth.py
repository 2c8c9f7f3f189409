"""What estimates are worth in decibels: several of one track, separated and scored the same way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from singmap.files.audio_format import MIXTURE
from singmap.files.audio_pieces import AudioPieces, AudioStretch, StoredAudio, WavAudio
from singmap.files.loudest_stretch import loudest_stretch
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
    samples_max : of a track, those in a row where the target is loudest; None: all
    """

    estimator: str
    window_samples: int
    hop_samples: int
    samples_max: int | None = None


class _Growing:
    """Audio that becomes whole block by block."""

    def __init__(self, stft: StftSettings, shape: tuple[int, int]):
        self.audio, self._overlap, self._n_done = StoredAudio(shape), OverlapAdd(stft, shape[1]), 0

    def add(self, spectra: NDArray[np.complex64]) -> None:
        self._append(self._overlap.add(spectra))

    def finish(self) -> StoredAudio:
        """The audio; nothing can be added afterwards."""
        self._append(self._overlap.finish())
        return self.audio

    def _append(self, part: Audio) -> None:
        self.audio[:, self._n_done : self._n_done + part.shape[1]] = part
        self._n_done += part.shape[1]


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
    BSSEval's scores SDR alone needs no filter, and so nothing of the rest of the track. A track longer than
    `scoring.samples_max` is separated and scored in one stretch alone.
    Score frames without a finite SDR are left out, as in the table Scores; NaN where none has one, which is
    so where target, accompaniment or an estimate is silent throughout.
    """
    mixture, *sources = _scored_part(
        [WavAudio(folder / f"{name}.wav", n_samples) for name in (MIXTURE, *targets)], scoring.samples_max
    )
    separated = _separated_each(mixture, estimators, stft, scoring.estimator)
    values: dict[str, list[float]] = {name: [] for name in separated}
    for start, stop in score_frame_bounds(mixture.shape[1], scoring.window_samples, scoring.hop_samples):
        whole, true = mixture[:, start:stop], [source[:, start:stop].T for source in sources]
        for name, audio in separated.items():
            estimate = audio[:, start:stop]
            values[name].append(_sdr(true, [estimate.T, (whole - estimate).T]))
    return {name: _finite_median(of_frames) for name, of_frames in values.items()}


def _scored_part(files: Sequence[AudioPieces], samples_max: int | None) -> Sequence[AudioPieces]:
    """Mixture, target and accompaniment, or where they are longer their stretch with the loudest target."""
    _, target, _ = files
    if samples_max is None or target.shape[1] <= samples_max:
        return files
    first, _ = loudest_stretch(target, samples_max)
    return [AudioStretch(audio, first, samples_max) for audio in files]


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


def _separated_each(
    mixture: AudioPieces, estimators: Estimators, stft: StftSettings, estimator: str
) -> dict[str, StoredAudio]:
    """Separate a mixture (n_channels, n_samples) with each of the estimates, {name: audio}."""
    growing: dict[str, _Growing] = {}
    for block in mixture_blocks(mixture, stft):
        of_channels = [estimators(np.abs(channel)) for channel in block]
        for name in of_channels[0]:
            if name not in growing:
                growing[name] = _Growing(stft, mixture.shape)
            magnitude = np.stack([estimates[name] for estimates in of_channels])
            growing[name].add(filtered(block, magnitude, estimator))
    return {name: audio.finish() for name, audio in growing.items()}
