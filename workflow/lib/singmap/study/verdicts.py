"""Verdicts on the hypotheses: supported, contradicted, undecided or not testable.

A hypothesis is decided where the interval of its effect lies on one side of the threshold, and its p-value,
after Holm's correction over its family, is at most 1 - confidence. The p-value is the larger of two: that of
Wilcoxon's signed-rank test over tracks (means over seeds), which knows nothing of other seeds, and that of
the bootstrap over tracks and seeds. The side decides between supported and contradicted: both are as hard to
earn.
"""

from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from singmap.files.tables import TruthChecks, Verdicts, columns
from singmap.scoring.inference import (
    bootstrap_medians,
    bootstrap_p,
    holm,
    interval,
    signed_rank_p,
    smallest_sample,
)
from singmap.study.hypotheses import Decision, Direction, Hypotheses, Hypothesis
from singmap.study.track_values import NotMeasuredError, TrackValues
from singmap.study.truth_checks import check_truths, mark_of


@dataclass(frozen=True)
class Evidence:
    """What the tracks say about one hypothesis before the others are known.

    effect : median over tracks, with its interval from `low` to `high`
    p_value : the larger one of both tests; NaN: not tested, for the `reason`
    obstacle : why it can't be supported whatever the p-value; empty where it can, or would be contradicted
    """

    n_tracks: int = 0
    n_seeds: int = 0
    effect: float = np.nan
    low: float = np.nan
    high: float = np.nan
    p_value: float = np.nan
    reason: str = ""
    obstacle: str = ""


def judge(measures: pd.DataFrame, hypotheses: Hypotheses) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give every hypothesis its verdict.

    measures : the table TrackMeasures
    Returns the tables Verdicts, in the order of the hypotheses, and TruthChecks. Raises InputError where the
    table holds two values of the same thing.
    """
    values = TrackValues(measures, hypotheses.measures)
    checks = check_truths(values, hypotheses.measures)
    # A model of one's own may fail to learn a known function; that says nothing of the models judged.
    judged_models = {model for each in hypotheses.hypotheses for model in (each.model, each.minus)}
    telling = checks[checks["model"].isin(judged_models)]
    by_family = groupby(sorted(hypotheses.hypotheses, key=_family), key=_family)
    rows = [
        row for _, family in by_family for row in _judged(list(family), values, telling, hypotheses.decision)
    ]
    table = pd.DataFrame(rows).assign(written=hypotheses.written, digest=hypotheses.digest)
    order = [hypothesis.id for hypothesis in hypotheses.hypotheses]
    table = table.set_index("id").loc[order].reset_index()
    return table[columns(Verdicts)], checks[columns(TruthChecks)]


def _judged(
    family: list[Hypothesis], values: TrackValues, checks: pd.DataFrame, decision: Decision
) -> list[dict[str, Any]]:
    """Rows of the table Verdicts about hypotheses whose p-values are corrected together."""
    gathered = [gather(values, hypothesis, decision) for hypothesis in family]
    corrected = holm(np.array([evidence.p_value for evidence in gathered]))
    n_tested = int(np.isfinite(corrected).sum())
    rows = []
    for hypothesis, evidence, p_holm in zip(family, gathered, corrected, strict=True):
        measure = values.measures[hypothesis.measure]
        mark = mark_of(checks, measure.name)
        verdict, reason = _verdict(hypothesis, evidence, p_holm, mark, n_tested, decision.confidence)
        judged = {"verdict": verdict, "reason": reason, "p_holm": p_holm, "mark": mark}
        judged |= {"label": measure.label, "unit": measure.unit}
        rows.append(asdict(hypothesis) | asdict(evidence) | judged)
    return rows


def _family(hypothesis: Hypothesis) -> str:
    return hypothesis.family


def gather(values: TrackValues, hypothesis: Hypothesis, decision: Decision) -> Evidence:
    """The effect that a hypothesis is about, its interval and p-value, or why there are none."""
    try:
        models = [values.of(hypothesis.measure, hypothesis.model)]
        if hypothesis.minus:
            models.append(values.of(hypothesis.measure, hypothesis.minus))
    except NotMeasuredError as error:
        return Evidence(reason=str(error))
    paired_seeds = values.measures[hypothesis.measure].pairs_of_seeds
    evidence = _tested(models, hypothesis.threshold, decision, paired_seeds)
    on_its_side = _side(evidence.effect, evidence.effect, hypothesis.threshold) == hypothesis.direction
    if hypothesis.control and on_its_side and np.isfinite(evidence.p_value):
        return _beside_control(values, hypothesis, evidence, decision)
    return evidence


def _tested(models: list[pd.DataFrame], threshold: float, decision: Decision, paired_seeds: bool) -> Evidence:
    """Test one model's values, or the first one's less the second's, (seeds, tracks), against a threshold."""
    tracks = pd.concat(models).dropna(axis=1).columns
    first, *rest = (model.reindex(columns=tracks).to_numpy() for model in models)
    second = rest[0] if rest else None
    found = Evidence(n_tracks=len(tracks), n_seeds=min(len(model) for model in models))
    if not (found.n_seeds and found.n_tracks):
        return replace(found, reason="undefined on every track")
    differences = first.mean(axis=0) - (0 if second is None else second.mean(axis=0))
    found = replace(found, effect=float(np.median(differences)))
    if found.n_seeds < decision.seeds_min:
        return replace(found, reason=f"too few seeds: {found.n_seeds}, needs {decision.seeds_min}")
    if found.n_tracks < decision.tracks_min:
        return replace(found, reason=f"too few tracks: {found.n_tracks}, needs {decision.tracks_min}")
    draws = bootstrap_medians(
        first, second, decision.bootstrap_samples, decision.bootstrap_seed, paired_seeds
    )
    low, high = interval(draws, decision.confidence)
    p_value = max(signed_rank_p(differences - threshold), bootstrap_p(draws, threshold))
    return replace(found, low=low, high=high, p_value=p_value)


def _beside_control(
    values: TrackValues, hypothesis: Hypothesis, evidence: Evidence, decision: Decision
) -> Evidence:
    """Support needs both the threshold and the control to be passed: the larger p-value counts."""
    assert hypothesis.control
    subject, fraction = hypothesis.control.subject, hypothesis.control.fraction
    try:
        control = values.of(hypothesis.measure, hypothesis.model, subject)
    except NotMeasuredError as error:
        return replace(evidence, obstacle=f"nothing to compare with: {error}")
    own = values.of(hypothesis.measure, hypothesis.model)
    # A seed's weights and its control belong together: the same seeds and tracks of both, one by one.
    beyond = (own - fraction * control).dropna(how="all").dropna(axis=1, how="all")
    compared = _tested([beyond], 0.0, decision, paired_seeds=False)
    if not np.isfinite(compared.p_value):
        return replace(evidence, obstacle=f"no comparison with {subject}: {compared.reason}")
    if _side(compared.low, compared.high, 0.0) != hypothesis.direction:
        told = f"not {hypothesis.direction} {fraction:g} of {subject}: {compared.effect:+.2g}"
        return replace(evidence, obstacle=f"{told} [{compared.low:+.2g}, {compared.high:+.2g}] beyond it")
    return replace(evidence, p_value=max(evidence.p_value, compared.p_value))


def _side(low: float, high: float, threshold: float) -> Direction | None:
    if high < threshold:
        return "below"
    return "above" if low > threshold else None


def _verdict(
    hypothesis: Hypothesis, evidence: Evidence, p_holm: float, mark: str, n_tested: int, confidence: float
) -> tuple[str, str]:
    """The verdict, and in words what kept it from being another one."""
    if not np.isfinite(p_holm):
        return "not testable", evidence.reason
    side = _side(evidence.low, evidence.high, hypothesis.threshold)
    if side is None:
        return "undecided", f"the interval holds the threshold {hypothesis.threshold:g}"
    needed = smallest_sample(confidence, n_tested)
    if p_holm > 1 - confidence:
        few = f"; of {n_tested} hypotheses {evidence.n_tracks} tracks can't decide the first, {needed} can"
        return "undecided", f"p = {p_holm:.2g} after Holm" + (few if evidence.n_tracks < needed else "")
    verdict = "supported" if side == hypothesis.direction else "contradicted"
    if evidence.obstacle:
        return "undecided", evidence.obstacle
    if mark.startswith("misjudges"):
        return "undecided", f"would be {verdict}, but the measure {mark}"
    return verdict, ""
