"""What measures show of trained truths: networks of the study's designs that learnt a known function."""

from collections.abc import Mapping

import pandas as pd

from singmap.files.tables import TruthChecks, columns
from singmap.study.hypotheses import Bound, Measure
from singmap.study.track_values import NotMeasuredError, TrackValues


def check_truths(values: TrackValues, measures: Mapping[str, Measure]) -> pd.DataFrame:
    """The table TruthChecks: one row per measure, trained truth that it has to tell, and model."""
    rows = [
        _checked(values, measure.name, model, truth, bound)
        for measure in measures.values()
        for truth, bound in measure.truths.items()
        for model in values.models
    ]
    return pd.DataFrame(rows, columns=columns(TruthChecks))


def _checked(
    values: TrackValues, measure: str, model: str, truth: str, bound: Bound
) -> dict[str, str | float | int | None]:
    row = {
        "measure": measure, "truth": truth, "model": model, "value": None,
        "at_least": bound.at_least, "at_most": bound.at_most, "n_seeds": 0, "n_tracks": 0,
        "outcome": "not measured",
    }  # fmt: skip
    try:
        table = values.of(measure, model, truth)
    except NotMeasuredError:
        return row
    if table.empty:
        return row
    value = float(table.mean().median())
    outcome = "passed" if bound.holds(value) else "failed"
    return row | {"value": value, "n_seeds": len(table), "n_tracks": table.shape[1], "outcome": outcome}


def mark_of(checks: pd.DataFrame, measure: str) -> str:
    """What a reader of verdicts by this measure must know about it; empty where it told all truths.

    checks : the table TruthChecks. The mark begins with `misjudges` where a truth was misjudged.
    """
    of_measure = checks[checks["measure"] == measure]
    failed = of_measure[of_measure["outcome"] == "failed"]
    if len(failed):
        by_truth = failed.groupby("truth", sort=False)["model"]
        named = (f"{truth} ({', '.join(models)})" for truth, models in by_truth)
        return f"misjudges {'; '.join(named)}"
    told = of_measure.loc[of_measure["outcome"] == "passed", "truth"]
    unknown = [truth for truth in dict.fromkeys(of_measure["truth"]) if truth not in set(told)]
    return f"not tried on {', '.join(unknown)}" if unknown else ""
