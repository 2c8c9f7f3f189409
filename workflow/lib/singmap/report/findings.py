"""What the tables say in sentences: which scores carry meaning, what looks wrong, how checks ended."""

import pandas as pd

from singmap.files.tables import rows_of
from singmap.report.explorer import planted_recovery
from singmap.report.labels import label_of, ordered

# SIR and SAR rest on filters fitted over the whole track; a few seconds do not carry them.
LONG_ENOUGH_SCORE_FRAMES = 10
ALWAYS_MEANINGFUL = ("SDR", "ISR")
FILTER_METRICS = ("SIR", "SAR")
COMPARED_SHARES = ("diagonal_share", "band_share_2")


def meaningful_metrics(scores: pd.DataFrame) -> list[str]:
    """Metrics that the report may show as results: SIR and SAR only where tracks are long enough.

    `scores` is the table Scores; its median number of score frames decides.
    """
    long_enough = score_frames_of(scores) >= LONG_ENOUGH_SCORE_FRAMES
    return list(ALWAYS_MEANINGFUL + FILTER_METRICS if long_enough else ALWAYS_MEANINGFUL)


def score_frames_of(scores: pd.DataFrame) -> int:
    """Median number of score frames of a track in the table Scores; scores of whole tracks have none."""
    return int(scores.loc[scores["metric"] == "SDR", "n_frames"].median())


def summarise_scores(summary: pd.DataFrame, metrics: list[str]) -> pd.DataFrame:
    """One row per system, best first, one column per target and metric: median in dB with its interval.

    `summary` is the table ScoreSummary. The last column counts the score frames without a score.
    """
    shown = summary[summary["metric"].isin(metrics)]
    texts = shown.apply(_level_text, axis=1)
    named = shown.assign(text=texts, column=shown["target"] + " " + shown["metric"])
    table = named.pivot(index="model", columns="column", values="text")[ordered(named["column"])]
    first = shown[named["column"] == named["column"].iloc[0]].set_index("model")
    missing = (first["n_nan"] + first["n_inf"]).astype(str) + " of " + first["n_frames"].astype(str)
    best_first = first["median"].sort_values(ascending=False).index
    shown_table: pd.DataFrame = table.loc[best_first].assign(frames_without_score=missing)
    return shown_table.reset_index(names="system")


def _level_text(row: "pd.Series[float]") -> str:
    if pd.isna(row["median"]):
        return "withheld" if row["n_tracks_withheld"] else ""
    return f"{row['median']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"


def withheld_sentence(scores: pd.DataFrame, metrics: list[str]) -> str:
    """Say how many scores of tracks (the table Scores) are withheld in these metrics, and why."""
    shown = scores[scores["metric"].isin(metrics)]
    withheld = shown[shown["value"].isna() & (shown["n_withheld"] > 0)]
    if withheld.empty:
        return "No score of these metrics had to be withheld as ill-conditioned."
    of_whom = withheld["metric"] + " of " + withheld["model"].map(label_of)
    listed = ", ".join(f"{name} ({count})" for name, count in of_whom.value_counts(sort=False).items())
    return (
        f"{len(withheld)} of {len(shown)} scores of single tracks are withheld and left out of medians and "
        "tests, because inaudible noise on the true sources (at -120 dB), or mere rounding, moves them by "
        f"more than 0.01 dB: {listed}. See tables/scores.csv."
    )


def compare_models(structure: pd.DataFrame) -> pd.DataFrame:
    """What every method shows of how diagonal each model is: medians over seeds and segments, no verdict.

    `structure` is the table Structure. Shares are taken
    of every method but the best diagonal, whose error on other frames is a look of its own (the smaller,
    the more like a scalar filter).
    """
    shares = structure[structure["measure"].isin(COMPARED_SHARES) & (structure["method"] != "diagonal")]
    errors = structure[
        (structure["measure"] == "relative_l2")
        & (structure["method"] == "diagonal")
        & (structure["frames"] == "other")
    ]
    looks = pd.concat([shares.assign(view=shares["weighting"]), errors.assign(view="other frames")])
    keys = ["measure", "view", "method"]
    by_seed = looks.groupby([*keys, "model", "seed"], sort=False)["value"].median()
    by_model = by_seed.groupby([*keys, "model"], sort=False).median().unstack("model")
    order = looks.set_index(keys).index.unique()
    return by_model.reindex(index=order, columns=ordered(structure["model"])).reset_index()


def audit_sentence(audit: pd.DataFrame) -> str:
    """Say how far the study's own scores lie from museval's on the audited pairs (the table Audit)."""
    pairs = audit[["system", "track"]].drop_duplicates()
    if pairs.empty:
        return "museval rescored nothing in this run (scoring.audit_pairs: 0)."
    largest, differing = audit["difference_db"].abs().max(), (audit["verdict"] == "differs").sum()
    judgement = (
        f"In {differing} of {len(audit)} comparisons the two don't agree: see tables/audit.csv."
        if differing
        else "That is within what museval's own numbers are defined to."
    )
    n_withheld = (audit["verdict"] == "withheld").sum()
    left_out = f" Not compared, because withheld: {n_withheld} of {len(audit)}." if n_withheld else ""
    return (
        f"museval itself rescored {len(pairs)} estimates of tracks in this run. The largest difference "
        f"in any frame, target and metric was {largest:.1e} dB. {judgement}{left_out}"
    )


def truths_sentence(checks: pd.DataFrame) -> str:
    """Say how many measures told what networks with a known mapping do (the table TruthChecks)."""
    counts = checks["outcome"].value_counts()
    passed, failed, left = (int(counts.get(name, 0)) for name in ("passed", "failed", "not measured"))
    untried = f" Readings that this study did not make: {left}." if left else ""
    if not passed + failed:
        return "The measures were not tried on networks with a known mapping in this study."
    made = (
        f"of {passed + failed} readings of the measures on them, {passed or 'none'} came out as they must, "
        f"{failed or 'none'} did not."
    )
    return f"Networks of the same designs were trained on a known function of the mixture: {made}{untried}"


def planted_sentence(planted: pd.DataFrame) -> str:
    """Say how well each method finds mappings that were planted and hidden (the table Planted)."""
    recovery = sorted(planted_recovery(planted).items(), key=lambda entry: -entry[1])
    told = "; ".join(f"{label_of(method)} {cosine:.2f}" for method, cosine in recovery)
    return (
        "In networks that hide a planted mapping, the median cosine between the matrix found and the "
        f"true one (1 is perfect) is {told}. "
        "What a method finds there it can still miss in a study's models: its matrix must predict them, too."
    )


def track_remarks(tracks: pd.DataFrame) -> list[str]:
    """A line for every track of the table Tracks whose audio looks wrong, with what was seen."""
    suspect = tracks[tracks["remarks"].fillna("") != ""]
    return [f"{row.track} ({row.subset}): {row.remarks}" for row in rows_of(suspect)]


def track_counts(tracks: pd.DataFrame) -> str:
    """How many tracks each subset of the table Tracks has."""
    counts = tracks["subset"].value_counts(sort=False)
    return ", ".join(f"{count} {subset}" for subset, count in counts.items()) + " tracks"


def skipped_sentences(skipped: pd.DataFrame) -> list[str]:
    """Say of each model in the table Skipped what was left out, and why."""
    return [
        f"Left out of {label_of(str(model))} ({reason}): {', '.join(part['name'].map(label_of))}."
        for (model, reason), part in skipped.groupby(["model", "reason"], sort=False)
    ]
