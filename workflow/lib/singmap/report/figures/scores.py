"""Separation scores between their floor and their ceiling, and differences between systems with intervals."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from singmap.files.audio_format import MIXTURE
from singmap.files.tables import ScoreFigure, columns
from singmap.report.labels import label_of, ordered
from singmap.report.style import BASELINE_COLOUR, FAINT, INK, MODEL_COLOURS, note, panels, styled

FLOOR = MIXTURE  # taken as the estimate: what doing nothing gives
NULLS = [FLOOR, "equaliser"]  # the second has one gain per bin, learnt on the training tracks
ORACLES = ["diagonal_filter", "magnitude_oracle", "ibm", "irm"]  # know the true sources
MARKED = [(FLOOR, "--", "mixture"), ("irm", ":", "ideal ratio mask")]
NO_LINE = {"visible": False}  # the bar of the level stands in for the box's own median
BOX_POINTS = 5  # below so many points a box says less than the points themselves


def score_table(scores: pd.DataFrame, metrics: list[str]) -> pd.DataFrame:
    """Choose the rows of the table Scores that the figure shows, as ScoreFigure: floors, models, oracles.

    `group` joins the seeds of a model. Rows without a number are left out.
    """
    shown = scores[scores["metric"].isin(metrics)].dropna(subset="value")
    shown = shown.assign(group=shown["model"].where(shown["model"].notna(), shown["system"]))
    models = [name for name in ordered(shown["group"]) if name not in [*NULLS, *ORACLES]]
    order = {name: place for place, name in enumerate([*NULLS, *models, *ORACLES])}
    in_order = shown.sort_values("group", key=lambda column: column.map(order), kind="stable")
    return in_order[columns(ScoreFigure)]


@styled
def draw_scores(table: pd.DataFrame) -> Figure:
    """Draw one row per target and one column per metric; in each panel every system's tracks and seeds.

    Bars are medians over tracks of the means over seeds. Lines mark the medians of the mixture taken as the
    estimate and of the ideal ratio mask: floor and ceiling of the target's SDR.
    """
    targets, metrics = ordered(table["target"]), ordered(table["metric"])
    figure, axes = panels(len(targets), len(metrics), 1.0 + 3.2 * len(targets), sharex=True)
    for row, target in zip(axes, targets, strict=True):
        for ax, metric in zip(row, metrics, strict=True):
            part = table[(table["target"] == target) & (table["metric"] == metric)]
            _draw_groups(ax, part, ordered(table["group"]))
            ax.set_ylabel(f"{metric} (dB)")
            ax.set_title(f"{target}: {metric}")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return figure


def _draw_groups(ax: Axes, part: pd.DataFrame, groups: list[str]) -> None:
    jitter = np.random.default_rng(0)
    for place, group in enumerate(groups):
        scores = part[part["group"] == group]
        values = scores["value"].to_numpy()
        colour = MODEL_COLOURS.get(group, BASELINE_COLOUR)
        if len(values) >= BOX_POINTS:
            ax.boxplot(values, positions=[place], widths=0.6, showfliers=False, medianprops=NO_LINE)
        offsets = jitter.uniform(-0.18, 0.18, len(values)) if len(values) > 1 else [0.0]
        ax.plot(place + np.asarray(offsets), values, "o", color=colour, markersize=4, alpha=0.6)
        if len(values):
            level = scores.groupby("track")["value"].mean().median()
            ax.hlines(level, place - 0.3, place + 0.3, color=colour, linewidth=2.5)
    for group, style, name in MARKED:
        marked = part.loc[part["group"] == group, "value"]
        if len(marked):
            ax.axhline(marked.median(), linestyle=style, color=FAINT, linewidth=1, label=name)
    ax.set_xticks(range(len(groups)), [label_of(group) for group in groups], rotation=35, ha="right")
    ax.grid(visible=False, axis="x")


def difference_table(statistics: pd.DataFrame, metrics: list[str]) -> pd.DataFrame:
    """Rows of the table Statistics about `metrics`, both systems named in one column: DifferenceFigure."""
    shown = statistics[statistics["metric"].isin(metrics)]
    names = shown["system_a"].map(label_of) + " − " + shown["system_b"].map(label_of)
    return shown.assign(comparison=names)


@styled
def draw_differences(table: pd.DataFrame, confidence: float) -> Figure:
    """Draw a DifferenceFigure, medians and intervals: one row per target, one column per metric.

    Filled marks: the Wilcoxon test, corrected by Holm, rejects equality at 1 - `confidence`.
    """
    if table.empty:
        return note("One system alone: there is nothing to compare it with.")
    targets, metrics, comparisons = (ordered(table[name]) for name in ("target", "metric", "comparison"))
    height = 0.6 + len(targets) * (0.6 + 0.24 * len(comparisons))
    figure, axes = panels(len(targets), len(metrics), height, sharex="col", sharey=True)
    for row, target in zip(axes, targets, strict=True):
        for ax, metric in zip(row, metrics, strict=True):
            part = table[(table["target"] == target) & (table["metric"] == metric)]
            _draw_intervals(ax, part.set_index("comparison").loc[comparisons], 1 - confidence)
            ax.set_title(f"{target}: {metric}")
        row[0].set_yticks(range(len(comparisons)), comparisons)
        row[0].set_ylim(len(comparisons) - 0.5, -0.5)
    for ax in axes[-1]:
        ax.set_xlabel("difference (dB)")
    return figure


def _draw_intervals(ax: Axes, rows: pd.DataFrame, level: float) -> None:
    ax.axvline(0, color=FAINT, linewidth=1)
    for place, row in enumerate(rows.to_dict("records")):
        colour = MODEL_COLOURS.get(row["system_a"], INK)
        ax.hlines(place, row["low"], row["high"], color=colour, linewidth=1.5)
        filling = colour if row["p_holm"] < level else "white"
        ax.plot(row["median"], place, "o", color=colour, markersize=5, markerfacecolor=filling)
