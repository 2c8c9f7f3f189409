"""Whether systems differ: paired differences, bootstrap intervals, Wilcoxon's test with Holm's correction.

The tracks are the sample, and both systems of a comparison are scored on the same ones. The seeds of a
model are replicates: their scores are averaged within a track; intervals count their scatter, see inference.
"""

from itertools import combinations
from typing import Any, TypedDict

import numpy as np
import pandas as pd

from singmap.files.tables import Statistics, columns
from singmap.scoring.inference import bootstrap_medians, holm, interval, signed_rank_p, smallest_sample


class Difference(TypedDict):
    """How two systems differ: median over tracks, its interval in dB, uncorrected p-value, and a caveat."""

    n_tracks: int
    n_tracks_dropped: int
    n_seeds_a: int
    n_seeds_b: int
    median: float
    low: float
    high: float
    p_value: float
    note: str


class Comparison(Difference):
    """A difference with the names of what is compared, and the p-value after Holm's correction."""

    system_a: str
    system_b: str
    target: str
    metric: str
    n_tracks_withheld: int
    p_holm: float


def compare_systems(
    scores: pd.DataFrame,
    baselines: list[str],
    n_samples: int,
    confidence: float,
    seed: int,
    reference: str | None = None,
) -> pd.DataFrame:
    """Compare every model with every other model and with every baseline, by target and metric.

    scores : the table Scores
    reference : a model, with which alone of the models all others are compared; None: all with all
    Returns the table Statistics: the median over tracks of system_a - system_b in dB, its interval, and
    p-values, corrected over the comparisons of one target and metric. Tracks that have no score for
    some seed of either system are dropped and counted, and so are those among them that lack it because it is
    withheld. Where there are too few tracks for the test to
    reject anything, the p-values are missing and the note says so; it also says where there are too few for
    so many comparisons.
    """
    rows: list[Comparison] = []
    for (target, metric), part in scores.groupby(["target", "metric"], sort=False):
        tables = {str(model): _seeds_by_tracks(group) for model, group in part.groupby("model", sort=False)}
        withheld = {model: _withheld_tracks(part[part["model"] == model]) for model in tables}
        models = [model for model in tables if model not in baselines]
        among = list(combinations(models, 2))
        if reference is not None:
            among = [(model, reference) for model in models if model != reference]
        pairs = [*among, *((a, b) for a in models for b in tables if b in baselines)]
        family: list[Comparison] = [
            {
                "system_a": a,
                "system_b": b,
                "target": str(target),
                "metric": str(metric),
                "n_tracks_withheld": len(withheld[a] | withheld[b]),
                "p_holm": np.nan,
                **compare_pair(tables[a], tables[b], n_samples, confidence, seed),
            }
            for a, b in pairs
        ]
        _correct(family, confidence)
        rows += family
    return pd.DataFrame(rows, columns=columns(Statistics))


def compare_pair(
    first: pd.DataFrame, second: pd.DataFrame, n_samples: int, confidence: float, seed: int
) -> Difference:
    """Compare two tables of scores, one row per seed and one column per track."""
    tracks = first.columns.union(second.columns)
    both = pd.concat([first, second]).reindex(columns=tracks)
    kept = tracks[both.notna().all().to_numpy()]  # every seed of both has a score
    a, b = first[kept].to_numpy(), second[kept].to_numpy()
    result: Difference = {
        "n_tracks": len(kept), "n_tracks_dropped": len(tracks) - len(kept),
        "n_seeds_a": len(a), "n_seeds_b": len(b),
        "median": np.nan, "low": np.nan, "high": np.nan, "p_value": np.nan, "note": "",
    }  # fmt: skip
    needed = smallest_sample(confidence)
    if len(kept) < needed:
        result["note"] = f"too few tracks for a test: {len(kept)}, needs {needed}"
    if len(kept):
        differences = a.mean(axis=0) - b.mean(axis=0)
        low, high = interval(bootstrap_medians(a, b, n_samples, seed), confidence)
        result |= {"median": float(np.median(differences)), "low": low, "high": high}
        if len(kept) >= needed:
            result["p_value"] = signed_rank_p(differences)
    return result


def _withheld_tracks(scores: pd.DataFrame) -> set[str]:
    """Ids of the tracks that lack a score for some seed because it is withheld."""
    return set(scores.loc[scores["value"].isna() & (scores["n_withheld"] > 0), "track_id"])


def _seeds_by_tracks(group: pd.DataFrame) -> pd.DataFrame:
    return group.assign(seed=group["seed"].fillna(-1)).pivot(index="seed", columns="track_id", values="value")


def _correct(family: list[Comparison], confidence: float) -> None:
    """Fill in Holm's p-values over the comparisons that were tested, and notes where they can't be small."""
    p_values = np.array([row["p_value"] for row in family])
    n_tested = int(np.isfinite(p_values).sum())
    for row, p_holm in zip(family, holm(p_values), strict=True):
        row["p_holm"] = p_holm
        needed = smallest_sample(confidence, max(1, n_tested))
        if not row["note"] and row["n_tracks"] < needed:
            found = f"{row['n_tracks']}, Holm's first step needs {needed}"
            row["note"] = f"too few tracks for {n_tested} comparisons: {found}"


def level_table(scores: pd.DataFrame, n_samples: int, confidence: float, seed: int) -> pd.DataFrame:
    """Median over tracks of every model and baseline with its interval, by target and metric.

    scores : the table Scores; returns the table ScoreSummary
    The interval rests on the tracks that have a score for all seeds; seed_low and seed_high are the
    extremes of the seeds' own medians. Missing scores are left out and counted, flagged tracks counted.
    """
    keys = ["model", "target", "metric"]
    return pd.DataFrame(
        dict(zip(keys, names, strict=True)) | _level(group, n_samples, confidence, seed)
        for names, group in scores.groupby(keys, sort=False)
    )


def _level(group: pd.DataFrame, n_samples: int, confidence: float, seed: int) -> dict[str, Any]:
    table = _seeds_by_tracks(group)
    complete = table.dropna(axis=1).to_numpy()
    low = high = np.nan
    if complete.size:
        low, high = interval(bootstrap_medians(complete, None, n_samples, seed), confidence)
    by_seed = table.median(axis=1)
    counts: dict[Any, int] = group[["n_frames", "n_nan", "n_inf", "n_withheld"]].sum().to_dict()
    return {
        "median": table.mean().median(),
        "low": low,
        "high": high,
        "seed_low": by_seed.min(),
        "seed_high": by_seed.max(),
        "n_seeds": len(table),
        "n_tracks": table.shape[1],
        "n_tracks_missing": table.shape[1] - complete.shape[1],
        "n_tracks_withheld": len(_withheld_tracks(group)),
        "n_tracks_flagged": group.loc[group["flags"].notna(), "track_id"].nunique(),
        **counts,
    }
