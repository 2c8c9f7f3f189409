"""Measures of trained models beside their controls, with what they must show of trained truths."""

from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from singmap.files.tables import SubjectFigure, columns
from singmap.report.labels import ordered, wrapped
from singmap.report.style import (
    BAND,
    FAINT,
    INK,
    axis_limits,
    colours_of,
    columns_of_panels,
    key,
    model_marks,
    note,
    styled,
)
from singmap.study.hypotheses import Hypotheses
from singmap.study.track_values import NotMeasuredError, TrackValues

SUBJECTS = {
    "trained": "trained",
    "untrained": "untrained",
    "shuffled": "shuffled bins",
    "equaliser": "truth: equaliser",
    "band": "truth: band",
    "harmonic": "truth: harmonic",
}
GROUP = 0.8  # of the distance between two rows, for the models side by side
MODEL_INCHES, PANEL_INCHES, LEGEND_INCHES = 0.12, 0.85, 0.6
TITLE_LETTERS = 34
N_TICKS = 5


def subject_table(measures: pd.DataFrame, hypotheses: Hypotheses) -> pd.DataFrame:
    """Means over seeds of what decides hypotheses, of every subject, model and track: SubjectFigure.

    `measures` is the table TrackMeasures. What was not measured has no rows.
    """
    values = TrackValues(measures, hypotheses.measures)
    single = [one for one in hypotheses.hypotheses if one.minus is None]
    thresholds = {(one.measure, one.model, "trained"): one.threshold for one in single}
    rows = []
    for measure in hypotheses.measures.values():
        for subject in SUBJECTS:
            bound = measure.truths.get(subject)
            limits = (bound.at_least, bound.at_most) if bound else (None, None)
            for model in values.models:
                names = (measure.name, measure.label, measure.unit, subject, model)
                asked = thresholds.get((measure.name, model, subject))
                rows += [
                    (*names, *found, *limits, asked)
                    for found in _by_track(values, measure.name, model, subject)
                ]
    return pd.DataFrame(rows, columns=columns(SubjectFigure))


def _by_track(values: TrackValues, measure: str, model: str, subject: str) -> list[tuple[int, str, float]]:
    """Number of seeds, track and mean over seeds."""
    try:
        found = values.of(measure, model, subject)
    except NotMeasuredError:
        return []
    return [(len(found), str(track), float(value)) for track, value in found.mean().items()]


@styled
def draw_subjects(table: pd.DataFrame) -> Figure:
    """Draw a SubjectFigure: a panel per measure, subjects down, models side by side, a point per track."""
    if table.empty:
        return note("Nothing that decides a hypothesis was measured.")
    measures, models = ordered(table["measure"]), ordered(table["model"])
    subjects = [name for name in SUBJECTS if (table["subject"] == name).any()]
    row_inches = max(0.24, MODEL_INCHES * len(models))
    figure, axes = columns_of_panels(len(measures), PANEL_INCHES + row_inches * len(subjects), LEGEND_INCHES)
    for place_of_panel, (ax, measure) in enumerate(zip(axes, measures, strict=True)):
        part = table[table["measure"] == measure]
        ax.set_xlim(axis_limits(part[["value", "at_least", "at_most", "threshold"]]))
        for place, subject in enumerate(subjects):
            _draw_subject(ax, part[part["subject"] == subject], place, models)
        ax.axvline(0, color=INK, linewidth=0.8, zorder=1.5)
        ax.set_yticks(range(len(subjects)), [SUBJECTS[name] for name in subjects])
        ax.tick_params(labelleft=place_of_panel % 2 == 0)
        ax.set_ylim(len(subjects) - 0.5, -0.5)
        ax.grid(visible=False, axis="y")
        ax.locator_params(axis="x", nbins=N_TICKS)
        ax.set_title(wrapped(part["label"].iloc[0], TITLE_LETTERS), loc="left")
        ax.set_xlabel(wrapped(part["unit"].iloc[0], TITLE_LETTERS))
    key(figure, model_marks(models) | _legend(table))
    return figure


def _draw_subject(ax: Axes, rows: pd.DataFrame, place: int, models: list[str]) -> None:
    if rows.empty:
        middle: dict[str, Any] = {
            "transform": ax.get_yaxis_transform(),
            "ha": "center",
            "va": "center",
            "fontsize": 8,
            "bbox": {"color": "white", "pad": 1},  # or the line at zero runs through it
        }
        ax.text(0.5, place, "not measured", color=FAINT, **middle)
        return
    _shade_truth(ax, rows["at_least"].iloc[0], rows["at_most"].iloc[0], place)
    step = GROUP / len(models)
    for index, (model, colour) in enumerate(colours_of(models).items()):
        of_model = rows[rows["model"] == model]
        at = place + step * (index - (len(models) - 1) / 2)
        ax.plot(of_model["value"], [at] * len(of_model), "o", color=colour, markersize=3.5, alpha=0.45, mew=0)
        span = at - 0.42 * step, at + 0.42 * step
        ax.vlines(of_model["value"].median(), *span, color=colour, linewidth=2.2)
        ax.vlines(of_model["threshold"].dropna().unique(), *span, color=INK, linestyle=":", linewidth=1.4)


def _shade_truth(ax: Axes, at_least: float | None, at_most: float | None, place: int) -> None:
    """Shade what a measure may show of a trained truth, from its bound to the edge of the axis."""
    for bound, edge in ((at_least, ax.get_xlim()[1]), (at_most, ax.get_xlim()[0])):
        if bound is not None and pd.notna(bound):
            ax.barh(place, edge - bound, 0.9, bound, color=BAND, zorder=0)
            ax.vlines(bound, place - 0.45, place + 0.45, color=INK, linewidth=1.2)


def _legend(table: pd.DataFrame) -> dict[str, Artist]:
    entries: dict[str, Artist] = {
        "a track": Line2D([], [], linestyle="", marker="o", color=INK, markersize=3.5, alpha=0.45),
        "median of tracks": Line2D([], [], linestyle="", marker="|", color=INK, markersize=9, mew=2.2),
    }
    if table["threshold"].notna().any():
        entries["threshold of a hypothesis"] = Line2D([], [], color=INK, linestyle=":", linewidth=1.4)
    if table[["at_least", "at_most"]].notna().any(axis=None):
        entries["what a trained truth must show"] = Patch(facecolor=BAND, edgecolor=INK)
    return entries
