"""Can the methods be trusted? What they report of networks whose mapping was planted."""

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from singmap.files.tables import PlantedFigure, columns, rows_of
from singmap.report.labels import label_of, ordered
from singmap.report.style import BAND, INK, PALETTE, key, panels, styled
from singmap.report.trusted import SIMILARITY_MIN

ROW_INCHES, PANEL_INCHES, LEGEND_INCHES = 0.19, 0.62, 0.6
QUANTITIES = {
    "similarity": "cosine to the truth",
    "excess_diagonal_share": "found − true share on the diagonal",
}
MARKERS = "os^vDP"  # of the truths, beside their colours
SPREAD = 0.3  # of the distance between two rows, for the truths of one method


def planted_table(planted: pd.DataFrame) -> pd.DataFrame:
    """How well each method recovers each planted mapping, and how far it leans to the diagonal.

    `planted` is the table Planted; returns PlantedFigure.
    """
    excess = planted["diagonal_share"] - planted["true_diagonal_share"]
    return planted.assign(excess_diagonal_share=excess)[columns(PlantedFigure)]


@styled
def draw_planted(table: pd.DataFrame) -> Figure:
    """Draw a PlantedFigure: a row of panels per size, cosines left, leanings right; a mark per network."""
    sizes = list(table[["n_bins", "n_frames"]].drop_duplicates().itertuples(index=False))
    methods, truths = ordered(table["method"]), ordered(table["truth"])
    height = len(sizes) * (PANEL_INCHES + ROW_INCHES * len(methods)) + LEGEND_INCHES
    figure, axes = panels(len(sizes), len(QUANTITIES), height, sharex="col", sharey=True)
    for row, (n_bins, n_frames) in zip(axes, sizes, strict=True):
        part = table[(table["n_bins"] == n_bins) & (table["n_frames"] == n_frames)]
        for ax, quantity in zip(row, QUANTITIES, strict=True):
            _draw_marks(ax, part, quantity, methods, truths)
            ax.set_title(f"{n_bins} bins, {n_frames} frames")
            ax.set_xlabel(QUANTITIES[quantity])
        row[0].axvspan(SIMILARITY_MIN, 1.1, color=BAND, zorder=0)
        row[0].set_xlim(min(-0.1, table["similarity"].min() - 0.05), 1.05)
        row[1].axvline(0, color=INK, linewidth=0.9, zorder=1)
        row[1].set_xlim(-1.05, 1.05)
        row[0].set_yticks(range(len(methods)), [label_of(name) for name in methods])
        row[0].set_ylim(len(methods) - 0.5, -0.5)
    key(figure, _legend(truths))
    return figure


def _draw_marks(ax: Axes, part: pd.DataFrame, quantity: str, methods: list[str], truths: list[str]) -> None:
    offsets = np.linspace(-SPREAD, SPREAD, len(truths)) if len(truths) > 1 else [0.0]
    for row in rows_of(part):
        kind = truths.index(row.truth)
        colour = PALETTE[kind % len(PALETTE)]
        face = "white" if row.build == "hidden" else colour
        height = methods.index(row.method) + offsets[kind]
        marker = MARKERS[kind % len(MARKERS)]
        ax.plot(getattr(row, quantity), height, marker, color=colour, markerfacecolor=face, markersize=4)
    ax.grid(visible=False, axis="y")


def _legend(truths: list[str]) -> dict[str, Artist]:
    entries: dict[str, Artist] = {
        truth: Line2D([], [], ls="", marker=MARKERS[kind % len(MARKERS)], color=PALETTE[kind % len(PALETTE)])
        for kind, truth in enumerate(truths)
    }
    hidden = Line2D([], [], ls="", marker="o", color=INK, markerfacecolor="white")
    return entries | {"hollow: hidden in two dense layers": hidden, "trusted, on average": Patch(color=BAND)}
