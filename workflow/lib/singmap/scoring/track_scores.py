"""Score the systems of one track by BSSEval v4, and say where scores can't be trusted or don't exist.

Arrays have museval's shape (n_targets, n_samples, n_channels); scores (4, n_targets, n_score_frames) in dB,
the metrics in the order of METRICS.
"""

import numpy as np

from singmap.runtime.errors import InputError
from singmap.scoring import bsseval
from singmap.scoring.correlations import Floats, Signals

METRICS = ("SDR", "ISR", "SIR", "SAR")
ENGINES = ("fast", "museval")
MOVEMENT_DB = 1e-5  # what rounding may move in a trusted score: the agreement with museval that we ask for
SILENT_REFERENCE = "silent_reference"
SILENT_ESTIMATE = "silent_estimate"
ILL_CONDITIONED = "ill_conditioned"


def museval_scores(references: Signals, estimates: Signals, win: int, hop: int) -> Floats:
    """Scores by museval itself; window and hop in samples."""
    import museval  # takes a second: only where it serves

    return np.stack(museval.evaluate(references, estimates, win=win, hop=hop))


class TrackScorer:
    """Scores any number of systems on one track.

    references : (n_targets, n_samples, n_channels); win and hop in samples; engine : one of ENGINES
    track_id : names the track in errors
    museval refuses tracks with an all-silent reference or estimate; here all scores of the system are NaN
    and a flag says why. Raises InputError for samples that are not finite.
    """

    def __init__(self, references: Signals, win: int, hop: int, engine: str, track_id: str):
        _require_finite(references, f"references of {track_id}")
        self._win, self._hop, self._engine, self._track_id = win, hop, engine, track_id
        self._flags = [SILENT_REFERENCE] if bsseval.any_silent(references) else []
        self._references = bsseval.References(references, win, hop)

    def score(self, estimates: Signals, system: str) -> tuple[Floats, list[str]]:
        """Scores of one system and its flags; raises InputError when lengths or channels differ."""
        references, where = self._references, f"{system} on {self._track_id}"
        if estimates.shape != references.signals.shape:
            expected = f"(targets, samples, channels) = {references.signals.shape} as the references"
            raise InputError(where, expected, str(estimates.shape), "separate the track again")
        _require_finite(estimates, where)
        flags = [*self._flags, *([SILENT_ESTIMATE] if bsseval.any_silent(estimates) else [])]
        if flags:
            return np.full((len(METRICS), len(estimates), len(references.score_frames)), np.nan), flags
        scores, movement = references.score_and_movement(estimates)
        if np.any(movement > MOVEMENT_DB):
            flags.append(ILL_CONDITIONED)
        if self._engine == "museval":
            scores = museval_scores(references.signals, estimates, self._win, self._hop)
        return scores, flags


def _require_finite(signals: Signals, where: str) -> None:
    if not np.isfinite(signals).all():
        raise InputError(where, "finite samples", "NaN or infinity")
