"""How the measures that decide hypotheses grew in training: before it, after kept epochs, at the best one."""

import itertools
from collections.abc import Iterator

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from singmap.files.tables import TrajectoryFigure, columns, rows_of
from singmap.report.labels import label_of, ordered, wrapped
from singmap.report.style import INK, LINE_STYLES, colours_of, columns_of_panels, key, note, styled
from singmap.study.hypotheses import Hypotheses
from singmap.study.track_values import BEST_WEIGHTS, NotMeasuredError, TrackValues

PANEL_INCHES, LEGEND_INCHES = 2.2, 0.7
TITLE_LETTERS = 34


def trajectory_table(measures: pd.DataFrame, training: pd.DataFrame, hypotheses: Hypotheses) -> pd.DataFrame:
    """Medians over tracks of each seed's value, by epoch: TrajectoryFigure.

    measures, training : the tables TrackMeasures and Training, which tells the best epochs
    Measures that no epoch but the best has are left out: there is no way to show.
    """
    best = {(row.model, row.seed): row.best_epoch for row in rows_of(training)}
    values = {weights: TrackValues(rows, hypotheses.measures) for weights, rows in _by_weights(measures)}
    rows = []
    for measure in hypotheses.measures.values():
        found = [
            (model, seed, measure.name, measure.label, measure.unit, epoch, weights == BEST_WEIGHTS, value)
            for weights, of_weights in values.items()
            for model in of_weights.models
            for seed, value in _by_seed(of_weights, measure.name, model)
            for epoch in [best[model, seed] if weights == BEST_WEIGHTS else int(weights)]
        ]
        if any(not is_best for *_, is_best, _ in found):
            rows += found
    return pd.DataFrame(rows, columns=columns(TrajectoryFigure))


def _by_weights(measures: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Rows about trained models as they were after each epoch, by its number; 0 is before training."""
    before = measures[measures["subject"] == "untrained"].assign(subject="trained", weights="epoch0")
    trained = measures[measures["subject"] == "trained"]
    rows = pd.concat([before, trained[trained["weights"] != "epoch0"]])
    for weights, part in rows.groupby("weights", sort=False):
        yield str(weights).removeprefix("epoch"), part.assign(weights=BEST_WEIGHTS)


def _by_seed(values: TrackValues, measure: str, model: str) -> list[tuple[int, float]]:
    try:
        found = values.of(measure, model)
    except NotMeasuredError:
        return []
    return list(zip(found.index.astype(int), found.median(axis=1), strict=True))


@styled
def draw_trajectories(table: pd.DataFrame) -> Figure:
    """Draw a TrajectoryFigure: a panel per measure, a line per model and seed, a ring at the best epoch."""
    if table.empty:
        return note("No measure was taken before or during training: there is no way to show.")
    measures = ordered(table["measure"])
    seeds = sorted(set(table["seed"]))
    styles = dict(zip(seeds, itertools.cycle(LINE_STYLES), strict=False))
    colours = colours_of(ordered(table["model"]))
    figure, axes = columns_of_panels(len(measures), PANEL_INCHES, LEGEND_INCHES)
    for ax, measure in zip(axes, measures, strict=True):
        part = table[table["measure"] == measure]
        for model, seed in part[["model", "seed"]].drop_duplicates().itertuples(index=False):
            line = part[(part["model"] == model) & (part["seed"] == seed)]
            _draw_line(ax, line.sort_values("epoch"), colours[model], styles[seed])
        ax.axhline(0, color=INK, linewidth=0.8, zorder=1.5)
        ax.set_xscale("symlog", base=2, linthresh=1)
        ax.set_xlim(-0.1, 1.2 * table["epoch"].max())
        ax.xaxis.set_major_formatter("{x:.0f}")
        ax.set_xlabel("epoch")
        ax.set_ylabel(wrapped(part["unit"].iloc[0], 24))
        ax.set_title(wrapped(part["label"].iloc[0], TITLE_LETTERS), loc="left")
    key(figure, _legend(colours, styles), n_columns=4)
    return figure


def _draw_line(ax: Axes, line: pd.DataFrame, colour: str, style: str) -> None:
    ax.plot(line["epoch"], line["value"], style, color=colour, linewidth=1.2, marker=".", markersize=4)
    best = line[line["is_best"]]
    ax.plot(best["epoch"], best["value"], "o", color=colour, markerfacecolor="white", markersize=6)


def _legend(colours: dict[str, str], styles: dict[int, str]) -> dict[str, Artist]:
    entries: dict[str, Artist] = {label_of(name): Line2D([], [], color=c) for name, c in colours.items()}
    entries |= {f"seed {seed}": Line2D([], [], color=INK, ls=style) for seed, style in styles.items()}
    best = Line2D([], [], linestyle="", marker="o", color=INK, markerfacecolor="white")
    return entries | {"measured": Line2D([], [], linestyle="", marker=".", color=INK), "best epoch": best}
