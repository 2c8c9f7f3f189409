"""Score the systems of one track by BSSEval v4, withhold what is ill-conditioned, say why scores are missing.

Arrays have museval's shape (n_targets, n_samples, n_channels); scores (4, n_targets, n_score_frames) in dB,
the metrics in the order of METRICS.
"""

from dataclasses import dataclass

import numpy as np

from singmap.files.audio_pieces import blocks
from singmap.runtime.errors import InputError
from singmap.scoring import bsseval
from singmap.scoring.bsseval import Flags
from singmap.scoring.correlations import Floats, Signals

METRICS = ("SDR", "ISR", "SIR", "SAR")
MOVEMENT_DB = 0.01  # by which inaudible noise on the references may move a score (`score_and_movement`)
WITHHELD_SHARE = 0.1  # of a track's score frames; beyond, the median of those that are left says little
SILENT_REFERENCE = "silent_reference"
SILENT_ESTIMATE = "silent_estimate"
ILL_CONDITIONED = "ill_conditioned"


def museval_scores(references: Signals, estimates: Signals, win: int, hop: int) -> Floats:
    """Scores by museval itself; window and hop in samples."""
    import museval  # takes a second: only where it serves

    signals = np.asarray(references), np.asarray(estimates)
    return np.stack(museval.evaluate(*signals, win=win, hop=hop))


@dataclass(frozen=True)
class TrackScores:
    """Scores of one system on one track, NaN where there are none or they are withheld.

    flags : why the track has no scores at all
    """

    values: Floats
    withheld: Flags
    flags: list[str]


class TrackScorer:
    """Scores any number of systems on one track.

    references : (n_targets, n_samples, n_channels); win and hop in samples; engine : `fast` or `museval`
    track_id : names the track in errors
    museval refuses tracks with an all-silent reference or estimate; here all scores of the system are NaN
    and a flag says why. Scores that move by more than MOVEMENT_DB are withheld, with either engine; SDR needs
    no filter and never is. Raises InputError for samples that are not finite.
    """

    def __init__(self, references: Signals, win: int, hop: int, engine: str, track_id: str):
        _require_finite(references, f"references of {track_id}")
        self._win, self._hop, self._engine, self._track_id = win, hop, engine, track_id
        self._flags = [SILENT_REFERENCE] if bsseval.any_silent(references) else []
        self._references = bsseval.References(references, win, hop)

    @property
    def references(self) -> Signals:
        """The references, (n_targets, n_samples, n_channels)."""
        return self._references.signals

    def score(self, estimates: Signals, system: str) -> TrackScores:
        """Score one system; raises InputError when lengths or channels differ."""
        references, where = self._references, f"{system} on {self._track_id}"
        if estimates.shape != references.signals.shape:
            expected = f"(targets, samples, channels) = {references.signals.shape} as the references"
            raise InputError(where, expected, str(estimates.shape), "separate the track again")
        _require_finite(estimates, where)
        flags = [*self._flags, *([SILENT_ESTIMATE] if bsseval.any_silent(estimates) else [])]
        if flags:
            nothing = np.full((len(METRICS), len(estimates), len(references.score_frames)), np.nan)
            return TrackScores(nothing, np.zeros(nothing.shape, bool), flags)
        scores, movement = references.score_and_movement(estimates)
        if self._engine == "museval":
            scores = museval_scores(references.signals, estimates, self._win, self._hop)
        withheld = withheld_scores(movement)
        return TrackScores(np.where(withheld, np.nan, scores), withheld, flags)


def withheld_scores(movement: Floats) -> Flags:
    """Which scores to withhold, (4, n_targets, n_score_frames), by how much each moves in dB.

    Where that are more than WITHHELD_SHARE of a track's score frames, all those of the metric and target.
    """
    moves = movement > MOVEMENT_DB
    moves[METRICS.index("SDR")] = False
    withheld: Flags = moves | (moves.mean(axis=2, keepdims=True) > WITHHELD_SHARE)
    return withheld


def _require_finite(signals: Signals, where: str) -> None:
    if not all(np.isfinite(signals[:, part]).all() for part in blocks(signals.shape[1])):
        raise InputError(where, "finite samples", "NaN or infinity")
