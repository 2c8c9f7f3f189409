"""The answer as a reader sees it: hypotheses in groups, a card each, with what may be said against it."""

from typing import Any, NamedTuple, TypedDict

import pandas as pd

from singmap.files.tables import rows_of

VERDICTS = ("supported", "contradicted", "undecided", "not testable")
# What the paper found, and who asks the rest, in the words of the page; (family, source) in their order.
HEADINGS = {
    ("findings", "paper, first finding"): (
        "F1. The plain autoencoders are scalar filters",
        "The paper's first finding: each frequency is only made louder or softer, whatever the others do.",
    ),
    ("findings", "paper, second finding"): (
        "F2. The skip-filtering model uses other frequencies more",
        "The paper's second finding: its mapping holds richer structure between frequencies.",
    ),
    ("findings", "ours"): (
        "Before all: do the models do more than an equaliser?",
        "A model that one fixed gain per frequency replaces would have nothing to examine.",
    ),
    ("published", "paper, as published"): (
        "The pictures as published",
        "What the Neural Couplings Algorithm (NCA) shows at the authors' setting, whatever it is worth.",
    ),
    ("exploratory", "ours"): (
        "Beside the plan",
        "Asked for comparison, without a claim.",
    ),
}
MARGIN = 0.08  # of the axis, on both sides


class Axis(NamedTuple):
    """Places of a card's effect on its axis, in per cent from left to right; without an interval None."""

    threshold: float
    effect: float
    low: float | None
    high: float | None
    predicted_start: float
    predicted_width: float


class Check(NamedTuple):
    """What the measure made of networks that learnt a known function: outcome and its values in words."""

    truth: str
    outcome: str
    told: str


class Card(TypedDict):
    """One hypothesis."""

    id: str
    statement: str
    verdict: str
    kind: str
    effect: str
    interval: str
    unit: str
    predicted: str
    decided_by: str
    sample: str
    reason: str
    checks: list[Check]
    overturned_by: str
    axis: Axis | None


class Group(TypedDict):
    """Hypotheses of one family and source, and how many have which verdict."""

    heading: str
    explained: str
    claims: bool
    tally: list[tuple[str, str, int]]
    cards: list[Card]


def hypothesis_groups(verdicts: pd.DataFrame, checks: pd.DataFrame) -> list[Group]:
    """Cards of the tables Verdicts and TruthChecks, the paper's findings first."""
    found = dict.fromkeys(zip(verdicts["family"], verdicts["source"], strict=True))
    order = [*(key for key in HEADINGS if key in found), *(key for key in found if key not in HEADINGS)]
    groups: list[Group] = []
    for family, source in order:
        rows = verdicts[(verdicts["family"] == family) & (verdicts["source"] == source)]
        heading, explained = HEADINGS.get((family, source), (f"{source}, {family}".capitalize(), ""))
        groups.append(
            {
                "heading": heading,
                "explained": explained,
                "claims": family != "exploratory",
                "tally": tally(rows),
                "cards": [_card(row, checks) for row in rows_of(rows)],
            }
        )
    return groups


def tally(verdicts: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Every verdict that was given, its name in style sheets, and how often."""
    counts = verdicts["verdict"].value_counts()
    return [(verdict, _kind(verdict), int(counts[verdict])) for verdict in VERDICTS if verdict in counts]


def _card(row: Any, checks: pd.DataFrame) -> Card:
    models = row.model if pd.isna(row.minus) else f"{row.model} minus {row.minus}"
    p_value = "" if pd.isna(row.p_holm) else f"p = {row.p_holm:.2g} after Holm"
    reason = "" if pd.isna(row.reason) else str(row.reason)
    tracks, seeds = _counted(row.n_tracks, "track"), _counted(row.n_seeds, "seed")
    sample = [tracks, seeds, *([p_value] if p_value and p_value not in reason else [])]
    return {
        "id": row.id,
        "statement": row.statement,
        "verdict": row.verdict,
        "kind": _kind(row.verdict),
        "effect": "not measured" if pd.isna(row.effect) else f"{row.effect:.3g}",
        "interval": "" if pd.isna(row.low) else f"{row.low:.3g} to {row.high:.3g}",
        "unit": row.unit,
        "predicted": f"{row.direction} {row.threshold:g}",
        "decided_by": f"{row.label} of {models}",
        "sample": ", ".join(sample),
        "reason": reason,
        "checks": _checks(row, checks),
        "overturned_by": "" if pd.isna(row.overturned_by) else row.overturned_by,
        "axis": effect_axis(row.effect, row.low, row.high, row.threshold, row.direction),
    }


def effect_axis(effect: float, low: float, high: float, threshold: float, direction: str) -> Axis | None:
    """Where to draw an effect, its interval and its threshold; None where nothing was measured.

    The axis always holds zero, so that an effect is seen at its size.
    """
    if pd.isna(effect):
        return None
    values = [value for value in (effect, low, high, threshold, 0.0) if not pd.isna(value)]
    span = (max(values) - min(values)) or 1.0
    start, width = min(values) - MARGIN * span, span * (1 + 2 * MARGIN)

    def place(value: float) -> float:
        return round(100 * (value - start) / width, 2)

    at = place(threshold)
    predicted = (at, round(100 - at, 2)) if direction == "above" else (0.0, at)
    ends = (None, None) if pd.isna(low) else (place(low), place(high))
    return Axis(at, place(effect), *ends, *predicted)


def _checks(row: Any, checks: pd.DataFrame) -> list[Check]:
    """One check per trained truth, over the models that the hypothesis is about."""
    models = [row.model] if pd.isna(row.minus) else [row.model, row.minus]
    own = checks[(checks["measure"] == row.measure) & checks["model"].isin(models)]
    found = []
    for truth, of_truth in own.groupby("truth", sort=False):
        outcomes = set(of_truth["outcome"])
        outcome = next(word for word in ("failed", "not measured", "passed") if word in outcomes)
        told = [
            f"{check.model} {check.value:.2g} ({_bound(check)})"
            for check in rows_of(of_truth)
            if not pd.isna(check.value)
        ]
        found.append(Check(str(truth), outcome, ", ".join(told)))
    return found


def _bound(check: Any) -> str:
    """What the measure must show of the truth."""
    if pd.isna(check.at_most):
        return f"at least {check.at_least:g}"
    return f"at most {check.at_most:g}"


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _kind(verdict: str) -> str:
    return verdict.replace(" ", "-")
