"""Rescore a sample of systems and tracks by museval itself and compare with the study's own scores."""

import numpy as np
import pandas as pd

from singmap.scoring.bsseval import Flags, any_silent
from singmap.scoring.correlations import Floats, Signals
from singmap.scoring.track_scores import METRICS, museval_scores

AGREEMENT_DB = 1e-5  # the largest difference in any score frame that counts as the same number
SAMPLE_SEED = 0  # of the choice of pairs


def choose_pairs(systems: list[str], track_ids: list[str], n_pairs: int) -> list[tuple[str, str]]:
    """Draw up to `n_pairs` different (system, track_id) at random, the same ones in every run."""
    pairs = [(system, track_id) for system in systems for track_id in track_ids]
    order = np.random.default_rng(SAMPLE_SEED).permutation(len(pairs))
    return [pairs[index] for index in order[:n_pairs]]


def audit_scores(
    own: Floats, withheld: Flags, references: Signals, estimates: Signals, win: int, hop: int
) -> pd.DataFrame:
    """Compare `own` scores (4, n_targets, n_score_frames) in dB with museval's, row by metric and target.

    Signals are (n_targets, n_samples, n_channels). What is `withheld` (like `own`) is not compared.
    Where the numbers differ by more than AGREEMENT_DB,
    museval runs a second time with the channels of all signals in reverse order, which should change nothing:
    movement_db tells how far its own numbers are defined. Verdicts: ``agrees``, ``within_movement``,
    ``withheld`` (nothing to compare), or ``differs``, also for another pattern of NaN and infinity.
    """
    if any_silent(references) or any_silent(estimates):  # museval refuses these
        return compare_scores(own, withheld, np.full_like(own, np.nan))
    theirs = museval_scores(references, estimates, win, hop)
    table = compare_scores(own, withheld, theirs)
    if table["verdict"].isin(["agrees", "withheld"]).all():
        return table
    swapped = museval_scores(references[..., ::-1], estimates[..., ::-1], win, hop)
    return compare_scores(own, withheld, theirs, swapped)


def compare_scores(
    own: Floats, withheld: Flags, theirs: Floats, swapped: Floats | None = None
) -> pd.DataFrame:
    """Rows and verdicts of `audit_scores`; swapped : museval's second scores, if there are any."""
    own, theirs = (np.where(withheld, np.nan, scores) for scores in (own, theirs))
    rows = []
    for row, metric in enumerate(METRICS):
        for target in range(own.shape[1]):
            ours, reference = own[row, target], theirs[row, target]
            difference = _largest_difference(ours, reference)
            movement = np.nan if swapped is None else _largest_difference(reference, swapped[row, target])
            same_pattern, n_withheld = _same_pattern(ours, reference), int(withheld[row, target].sum())
            verdict = _verdict(difference, movement, same_pattern)
            rows.append(
                {
                    "metric": metric,
                    "target": target,
                    "n_frames": len(ours),
                    "n_withheld": n_withheld,
                    "difference_db": difference,
                    "movement_db": movement,
                    "same_pattern": same_pattern,
                    "verdict": "withheld" if n_withheld == len(ours) else verdict,
                }
            )
    return pd.DataFrame(rows)


def _verdict(difference_db: float, movement_db: float, same_pattern: bool) -> str:
    if not same_pattern:
        return "differs"
    if difference_db <= AGREEMENT_DB:
        return "agrees"
    return "within_movement" if difference_db <= movement_db else "differs"


def _same_pattern(first: Floats, second: Floats) -> bool:
    """Whether NaN and both infinities stand in the same places."""
    finite = np.isfinite(first)
    return np.array_equal(finite, np.isfinite(second)) and np.array_equal(
        first[~finite], second[~finite], equal_nan=True
    )


def _largest_difference(first: Floats, second: Floats) -> float:
    both = np.isfinite(first) & np.isfinite(second)
    return float(np.max(np.abs(first[both] - second[both]), initial=0.0))
