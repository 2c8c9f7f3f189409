"""Scores track by track for the page's table: one number per track and system, of a metric that is chosen."""

from typing import TypedDict

import pandas as pd

from singmap.report.labels import label_of, ordered

DECIMALS = 2


class TrackScores(TypedDict):
    """Means over seeds in dB; values[look][track][system], None where there is no score.

    looks : target and metric; tracks : id and name
    """

    looks: list[str]
    systems: list[str]
    tracks: list[tuple[str, str]]
    values: list[list[list[float | None]]]


def track_scores(scores: pd.DataFrame, metrics: list[str]) -> TrackScores:
    """Gather the table Scores for these metrics, all in the table's order."""
    shown = scores[scores["metric"].isin(metrics)]
    shown = shown.assign(look=shown["target"] + " " + shown["metric"])
    looks, systems, ids = (ordered(shown[name]) for name in ("look", "model", "track_id"))
    names = shown.drop_duplicates("track_id").set_index("track_id")["track"]
    means = shown.groupby(["look", "track_id", "model"])["value"].mean()
    table = means.unstack("model").reindex(columns=systems)
    blocks = [table.loc[look].reindex(ids) for look in looks]
    return {
        "looks": looks,
        "systems": [label_of(system) for system in systems],
        "tracks": [(track_id, str(names[track_id])) for track_id in ids],
        "values": [[[_number(value) for value in row] for row in block.to_numpy()] for block in blocks],
    }


def _number(value: float) -> float | None:
    return round(float(value), DECIMALS) if pd.notna(value) and abs(value) < float("inf") else None
