"""What decides the hypotheses: every effect with its interval, beside the threshold that it has to pass."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from singmap.files.tables import EffectFigure, columns, rows_of
from singmap.report.labels import label_of, ordered, wrapped
from singmap.report.style import BAND, INK, axis_limits, colours_of, key, note, panels, styled

ROW_INCHES, PANEL_INCHES, LEGEND_INCHES = 0.24, 0.56, 0.6
TITLE_LETTERS = 60
N_TICKS = 6
# Marker and whether it is filled: told apart without colours.
MARKS = {
    "supported": ("o", True),
    "contradicted": ("s", True),
    "undecided": ("o", False),
    "not testable": ("D", False),
}


def effect_table(verdicts: pd.DataFrame, families: Sequence[str]) -> pd.DataFrame:
    """Rows of the table Verdicts of these families, in their order: EffectFigure."""
    parts = [verdicts[verdicts["family"] == family] for family in families]
    return pd.concat(parts, ignore_index=True)[columns(EffectFigure)]


@styled
def draw_effects(table: pd.DataFrame) -> Figure:
    """Draw an EffectFigure: a panel for each measure, a row per hypothesis.

    Models and differences of two have panels of their own, on axes in the
    measure's unit. A row is shaded where the hypothesis puts the effect.
    """
    if table.empty:
        return note("No hypothesis of these families was put to the test.")
    parts = [part for _, part in table.groupby(["family", "measure", table["minus"].notna()], sort=False)]
    sizes = [PANEL_INCHES + ROW_INCHES * len(part) for part in parts]
    figure, axes = panels(len(parts), 1, sum(sizes) + LEGEND_INCHES, heights=sizes)
    colours = colours_of(ordered(table["model"]))
    for ax, part in zip(axes[:, 0], parts, strict=True):
        _draw_rows(ax, part, colours)
    key(figure, _legend(table), n_columns=3)
    return figure


def _draw_rows(ax: Axes, part: pd.DataFrame, colours: dict[str, str]) -> None:
    ax.set_xlim(axis_limits(part[["threshold", "effect", "low", "high"]]))
    for place, row in enumerate(rows_of(part)):
        edge = ax.get_xlim()[row.direction == "above"]
        ax.barh(place, edge - row.threshold, 0.86, row.threshold, color=BAND)
        ax.vlines(row.threshold, place - 0.43, place + 0.43, color=INK, linestyle="--", linewidth=1.2)
        marker, is_filled = MARKS[row.verdict]
        colour = colours[row.model]
        ax.hlines(place, row.low, row.high, color=colour, linewidth=2)
        ax.plot(row.effect, place, marker, color=colour, markerfacecolor=colour if is_filled else "white")
        ax.text(
            1.01,
            place,
            f"{row.id}: {row.verdict}",
            transform=ax.get_yaxis_transform(),
            va="center",
            fontsize=8,
            color=INK,
        )
    ax.set_yticks(range(len(part)), [_models(row) for row in rows_of(part)])
    ax.set_ylim(len(part) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    first = part.iloc[0]
    ax.set_title(wrapped(first["label"], TITLE_LETTERS), loc="left")
    ax.set_xlabel(first["unit"])
    ax.locator_params(axis="x", nbins=N_TICKS)


def _models(row: Any) -> str:
    return label_of(row.model) if pd.isna(row.minus) else f"{label_of(row.model)} − {label_of(row.minus)}"


def _legend(table: pd.DataFrame) -> dict[str, Artist]:
    entries: dict[str, Artist] = {
        name: Line2D(
            [], [], linestyle="", marker=marker, color=INK, markerfacecolor=INK if filled else "white"
        )
        for name, (marker, filled) in MARKS.items()
        if (table["verdict"] == name).any()
    }
    return entries | {
        "interval over tracks and seeds": Line2D([], [], color=INK, linewidth=2),
        "threshold": Line2D([], [], color=INK, linestyle="--", linewidth=1.2),
        "where the hypothesis puts it": Patch(color=BAND),
    }
