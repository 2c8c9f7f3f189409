"""What the tables say: which scores carry meaning, which model is more diagonal, how the audit ended."""

from math import comb

import pandas as pd

from singmap.report.labels import ordered

# SIR and SAR rest on filters fitted over the whole track; a few seconds do not carry them.
LONG_ENOUGH_SCORE_FRAMES = 10
ALWAYS_MEANINGFUL = ("SDR", "ISR")
FILTER_METRICS = ("SIR", "SAR")
COMPARED_SHARES = ("diagonal_share", "band_share_2")


def meaningful_metrics(scores: pd.DataFrame) -> list[str]:
    """Metrics that the report may show as results: SIR and SAR only where tracks are long enough.

    `scores` is the table Scores; its median number of score frames decides.
    """
    long_enough = scores["n_frames"].median() >= LONG_ENOUGH_SCORE_FRAMES
    return list(ALWAYS_MEANINGFUL + FILTER_METRICS if long_enough else ALWAYS_MEANINGFUL)


def summarise_scores(summary: pd.DataFrame, metrics: list[str]) -> pd.DataFrame:
    """One row per system, best first, one column per target and metric: median in dB with its interval.

    `summary` is the table ScoreSummary. The last column counts the score frames without a score.
    """
    shown = summary[summary["metric"].isin(metrics)]
    texts = shown.apply(lambda row: f"{row['median']:.2f} [{row['low']:.2f}, {row['high']:.2f}]", axis=1)
    named = shown.assign(text=texts, column=shown["target"] + " " + shown["metric"])
    table = named.pivot(index="model", columns="column", values="text")[ordered(named["column"])]
    first = shown[named["column"] == named["column"].iloc[0]].set_index("model")
    missing = (first["n_nan"] + first["n_inf"]).astype(str) + " of " + first["n_frames"].astype(str)
    best_first = first["median"].sort_values(ascending=False).index
    shown_table: pd.DataFrame = table.loc[best_first].assign(frames_without_score=missing)
    return shown_table.reset_index(names="system")


def compare_models(structure: pd.DataFrame, scalar: str = "dae", structured: str = "sf") -> pd.DataFrame:
    """Ask of every method whether `scalar` has the more diagonal mapping of the two, as the paper reads it.

    `structure` is the table Structure. Shares are taken
    of every method but the best diagonal, whose error on other frames is a look of its own (the smaller,
    the more like a scalar filter). `verdict`: agrees or disagrees when no seed of one model reaches into
    the range of the other's seeds, else undecided.
    """
    shares = structure[structure["measure"].isin(COMPARED_SHARES) & (structure["method"] != "diagonal")]
    errors = structure[
        (structure["measure"] == "relative_l2")
        & (structure["method"] == "diagonal")
        & (structure["frames"] == "other")
    ]
    looks = pd.concat([shares.assign(view=shares["weighting"]), errors.assign(view="other frames")])
    by_seed = looks.groupby(["measure", "view", "method", "model", "seed"], sort=False)["value"].median()
    rows = []
    for (measure, view, method), values in by_seed.groupby(["measure", "view", "method"], sort=False):
        ranges = values.groupby(level="model").agg(["median", "min", "max"])
        is_error = str(measure).startswith("relative")
        verdict = _verdict(ranges, scalar, structured, smaller_is_diagonal=is_error)
        rows.append(
            {"measure": measure, "view": view, "method": method, **ranges["median"], "verdict": verdict}
        )
    return pd.DataFrame(rows)


def chance_of_parting(n_seeds: int) -> float:
    """Probability that `n_seeds` values each of two equal models don't interleave: 2 / C(2n, n)."""
    return 2 / comb(2 * n_seeds, n_seeds)


def _verdict(ranges: pd.DataFrame, scalar: str, structured: str, smaller_is_diagonal: bool) -> str:
    if scalar not in ranges.index or structured not in ranges.index:
        return "not compared"
    if smaller_is_diagonal:
        scalar, structured = structured, scalar
    if ranges["min"][scalar] > ranges["max"][structured]:
        return "agrees"
    return "disagrees" if ranges["max"][scalar] < ranges["min"][structured] else "undecided"


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
    return (
        f"museval itself rescored {len(pairs)} estimates of tracks in this run. The largest difference "
        f"in any frame, target and metric was {largest:.1e} dB. {judgement}"
    )
