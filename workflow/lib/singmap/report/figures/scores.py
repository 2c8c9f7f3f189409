"""Separation scores between floor and ceiling, and paired differences between systems by track."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from singmap.files.audio_format import MIXTURE
from singmap.files.tables import DifferenceFigure, ScoreFigure, columns, rows_of
from singmap.report.labels import label_of, ordered
from singmap.report.style import BASELINE_COLOUR, INK, colours_of, key, note, panels, styled

FLOOR = MIXTURE  # taken as the estimate: what doing nothing gives
NULLS = [FLOOR, "equaliser"]  # the second has one gain per bin, learnt on the training tracks
ORACLES = ["diagonal_filter", "magnitude_oracle", "ibm", "irm"]  # know the true sources
MARKED = [(FLOOR, "--", "floor: the mixture itself"), ("irm", ":", "ceiling: ideal ratio mask")]
SCALAR = ["equaliser", "diagonal_filter"]  # what one gain per bin reaches, learnt and with the truth at hand
ROW_INCHES, PANEL_INCHES, LEGEND_INCHES = 0.22, 0.62, 0.5
PAIRS_MAX, COMPARISONS_MAX = 15, 40
N_TICKS = 5
VECTOR_POINTS_MAX = 600  # of a system; more are pixels: of 1,000 tracks an SVG had 13 MB
JITTER = 0.3  # of the distance between two rows, for points


def score_table(scores: pd.DataFrame, summary: pd.DataFrame, metrics: list[str]) -> pd.DataFrame:
    """Rows of the table Scores that the figure shows, with their system's median and interval: ScoreFigure.

    `summary` is the table ScoreSummary. Systems come as floors, models, oracles; `group` joins the seeds of a
    model. Rows without a number are left out.
    """
    shown = scores[scores["metric"].isin(metrics)].dropna(subset="value")
    shown = shown.assign(group=shown["model"].where(shown["model"].notna(), shown["system"]))
    levels = summary[["model", "target", "metric", "median", "low", "high"]]
    shown = shown.merge(
        levels.rename(columns={"model": "group"}), how="left", on=["group", "target", "metric"]
    )
    models = [name for name in ordered(shown["group"]) if name not in [*NULLS, *ORACLES]]
    order = {name: place for place, name in enumerate([*NULLS, *models, *ORACLES])}
    in_order = shown.sort_values("group", key=lambda column: column.map(order), kind="stable")
    return in_order[columns(ScoreFigure)]


@styled
def draw_scores(table: pd.DataFrame, models: Sequence[str] = ()) -> Figure:
    """Draw a ScoreFigure: a column of panels per target, a row per metric; in each every system's tracks.

    The models stand in the order of `models`, or of the table, between floors and oracles.

    Lines mark the medians of the mixture taken as the estimate and of the ideal ratio mask: floor and ceiling
    of the target's SDR.
    """
    targets, metrics, found = (ordered(table[name]) for name in ("target", "metric", "group"))
    groups = [name for name in dict.fromkeys([*NULLS, *models, *found]) if name in found]
    height = len(metrics) * (PANEL_INCHES + ROW_INCHES * len(groups)) + LEGEND_INCHES
    figure, axes = panels(len(metrics), len(targets), height, sharey=True)
    for row, metric in zip(axes, metrics, strict=True):
        for ax, target in zip(row, targets, strict=True):
            _draw_groups(ax, table[(table["target"] == target) & (table["metric"] == metric)], groups)
            ax.set_title(f"{target}: {metric}")
            ax.set_xlabel("dB")
        row[0].set_yticks(range(len(groups)), [label_of(group) for group in groups])
        row[0].set_ylim(len(groups) - 0.5, -0.5)
    lines = {text: Line2D([], [], color=INK, ls=style) for group, style, text in MARKED if group in groups}
    key(figure, _point_legend("a track and seed") | lines, n_columns=3)
    return figure


def _draw_groups(ax: Axes, part: pd.DataFrame, groups: list[str]) -> None:
    models = [group for group in groups if group not in [*NULLS, *ORACLES]]
    colours = dict.fromkeys(groups, BASELINE_COLOUR) | colours_of(models)
    for place, group in enumerate(groups):
        scores = part[part["group"] == group]
        _draw_points(ax, scores["value"], place, colours[group])
        if len(scores):
            _draw_level(ax, scores.iloc[0], place, colours[group])
    floors = part[part["metric"] == "SDR"].drop_duplicates("group").set_index("group")["median"]
    for group, style, _ in MARKED:
        if group in floors:
            ax.axvline(floors[group], linestyle=style, color=INK, linewidth=0.9, zorder=1)
    ax.grid(visible=False, axis="y")


def _draw_points(ax: Axes, values: pd.Series, place: int, colour: str) -> None:
    spread = np.random.default_rng(0).uniform(-JITTER, JITTER, len(values))
    alpha = 0.5 if len(values) <= 60 else 0.25
    ax.plot(
        values, place + spread * (len(values) > 1), "o", color=colour, alpha=alpha, markersize=3, mew=0,
        rasterized=len(values) > VECTOR_POINTS_MAX,
    )  # fmt: skip


def _draw_level(
    ax: Axes, row: "pd.Series[float]", place: int, colour: str, filling: str | None = None
) -> None:
    ax.hlines(place, row["low"], row["high"], color=colour, linewidth=1.6)
    face = colour if filling is None else filling
    ax.plot(row["median"], place, "D", color=colour, markerfacecolor=face, markersize=5)


def _point_legend(point: str) -> dict[str, Artist]:
    return {
        point: Line2D([], [], ls="", marker="o", color=INK, alpha=0.5, markersize=3),
        "median of tracks": Line2D([], [], ls="", marker="D", color=INK, markersize=5),
        "its interval": Line2D([], [], color=INK, linewidth=1.6),
    }


def difference_table(scores: pd.DataFrame, statistics: pd.DataFrame) -> pd.DataFrame:
    """Differences in SDR of every track, with the table Statistics about their pair: DifferenceFigure.

    `scores` is the table Scores. Models are compared with one another, where there are many of them with the
    first alone, and with what one gain per bin reaches; comparisons without a track are left out.
    """
    sdr = statistics[statistics["metric"] == "SDR"]
    with_filters = sdr[sdr["system_b"].isin(SCALAR)]
    among_models = sdr[~sdr["system_b"].isin([*NULLS, *ORACLES])]
    if len(among_models) > PAIRS_MAX * sdr["target"].nunique():
        compared = among_models[["system_a", "system_b"]]
        # The one that is in most pairs; of all pairs, in which each is in as many, the first.
        first = compared.stack().value_counts(sort=False).idxmax()
        among_models = among_models[compared.isin([first]).any(axis=1)]
    keys = ["target", "metric", "model", "track_id"]
    grouped = scores.groupby(keys)["value"]
    means = grouped.mean().where(grouped.count() == grouped.size()).rename("score").reset_index()
    a, b = (means.rename(columns={"model": f"system_{x}", "score": f"score_{x}"}) for x in "ab")
    pairs = pd.concat([among_models, with_filters])
    paired = pairs.merge(a, on=["target", "metric", "system_a"])
    paired = paired.merge(b, on=["target", "metric", "system_b", "track_id"])
    names = paired["system_a"].map(label_of) + " − " + paired["system_b"].map(label_of)
    table = paired.assign(comparison=names, difference=paired["score_a"] - paired["score_b"])
    return table.dropna(subset="difference")[columns(DifferenceFigure)]


@styled
def draw_differences(table: pd.DataFrame, confidence: float) -> Figure:
    """Draw a DifferenceFigure: a column of panels per target; models among themselves on axes of their own.

    Filled marks: the Wilcoxon test, corrected by Holm, rejects equality at 1 - `confidence`.
    """
    if table.empty:
        return note("One system alone: there is nothing to compare it with.")
    targets = ordered(table["target"])
    scalar = table["system_b"].isin(SCALAR)
    blocks = [part for part in (table[~scalar], table[scalar]) if len(part)]
    names = [ordered(block["comparison"])[:COMPARISONS_MAX] for block in blocks]
    heights = [PANEL_INCHES + ROW_INCHES * len(listed) for listed in names]
    figure, axes = panels(
        len(blocks), len(targets), sum(heights) + LEGEND_INCHES + 0.2, sharey="row", heights=heights
    )
    for row, block, listed in zip(axes, blocks, names, strict=True):
        for ax, target in zip(row, targets, strict=True):
            _draw_comparisons(ax, block[block["target"] == target], listed, 1 - confidence)
            ax.set_title(f"{target}: SDR")
            ax.set_xlabel("difference (dB)")
            ax.locator_params(axis="x", nbins=N_TICKS)
        row[0].set_yticks(range(len(listed)), listed)
        row[0].set_ylim(len(listed) - 0.5, -0.5)
    key(figure, _difference_legend(confidence), n_columns=2)
    return figure


def _draw_comparisons(ax: Axes, part: pd.DataFrame, names: list[str], level: float) -> None:
    colours = colours_of(ordered(part["system_a"]))
    ax.axvline(0, color=INK, linewidth=0.9, zorder=1.5)
    for place, name in enumerate(names):
        of_tracks = part[part["comparison"] == name]
        for row in rows_of(of_tracks.iloc[:1]):
            colour = colours[row.system_a]
            _draw_points(ax, of_tracks["difference"], place, colour)
            filling = colour if row.p_holm < level else "white"
            _draw_level(ax, of_tracks.iloc[0], place, colour, filling)
    ax.grid(visible=False, axis="y")


def _difference_legend(confidence: float) -> dict[str, Artist]:
    entries = _point_legend("a track, mean of seeds")
    level = f"{1 - confidence:.2g} after Holm"
    entries[f"median, p below {level}"] = entries.pop("median of tracks")
    entries["median, p above, or untested"] = Line2D(
        [], [], ls="", marker="D", color=INK, markerfacecolor="white", markersize=5
    )
    return entries
