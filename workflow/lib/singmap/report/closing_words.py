"""What a finished run has found, in a few lines for the terminal."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from singmap.files.tables import rows_of

NO_EVIDENCE = "This is the demo, the machinery at work on one song: no evidence about music or the paper."
NOT_TESTABLE = "not testable"


def closing_words(verdicts: pd.DataFrame, dataset: str) -> list[str]:
    """One line per hypothesis that was tested, and one for each reason why others were not.

    `verdicts` is the table Verdicts. A demo's lines begin with the warning that they are no evidence.
    """
    lines = [f"Verdicts on the {len(verdicts)} hypotheses of workflow/hypotheses.yaml:"]
    if dataset == "demo":
        lines.insert(0, NO_EVIDENCE)
    tested = verdicts[verdicts["verdict"] != NOT_TESTABLE]
    return lines + [f"  {line}" for line in (*map(_verdict, rows_of(tested)), *_untested(verdicts))]


def _verdict(row: Any) -> str:
    found = f"{row.effect:.3g} [{row.low:.3g}, {row.high:.3g}] {row.unit}, {row.direction} {row.threshold:g}?"
    reason = "" if pd.isna(row.reason) else f" ({row.reason})"
    return f"{row.id}: {row.verdict}: {found}{reason}"


def _untested(verdicts: pd.DataFrame) -> Iterator[str]:
    untested = verdicts[verdicts["verdict"] == NOT_TESTABLE]
    for reason, rows in untested.groupby(untested["reason"].fillna("no reason given"), sort=False):
        which = "all" if len(rows) == len(verdicts) else ", ".join(rows["id"])
        yield f"{NOT_TESTABLE} ({reason}): {which}"
