"""Can the methods be trusted? What they report where the truth is planted or nothing is to be found."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from singmap.files.tables import ControlFigure, PlantedFigure, columns
from singmap.report.labels import label_of, ordered
from singmap.report.style import panels, styled

CONTROLS = ["trained", "scalar", "equaliser", "band", "harmonic", "untrained", "shuffled", "all_ones"]
CONTROL_MEASURES = ["diagonal_share", "band_share_2"]
DARK = 0.6  # numbers on cells beyond this share of the colour scale are written in white


def planted_table(planted: pd.DataFrame) -> pd.DataFrame:
    """How well each method recovers each planted mapping, and how far it leans to the diagonal.

    `planted` is the table Planted; returns PlantedFigure.
    """
    excess = planted["diagonal_share"] - planted["true_diagonal_share"]
    return planted.assign(excess_diagonal_share=excess)[columns(PlantedFigure)]


@styled
def draw_planted(table: pd.DataFrame) -> Figure:
    """Draw `planted_table` as coloured numbers: a row of panels a size, methods down, truths across."""
    sizes, n_methods = list(table.groupby(["n_bins", "n_frames"])), table["method"].nunique()
    height = 2.0 + (0.5 + 0.28 * n_methods) * len(sizes)
    figure, axes = panels(len(sizes), 2, height, sharex=True, sharey=True)
    for row, ((n_bins, n_frames), part) in zip(axes, sizes, strict=True):
        similarity = _numbered_cells(row[0], part, "similarity", "Blues", 0.0)
        excess = _numbered_cells(row[1], part, "excess_diagonal_share", "PuOr_r", -1.0)
        row[0].set_title(f"similarity to the truth,\n{n_bins} bins, {n_frames} frames")
        row[1].set_title(f"found − true share on the diagonal,\n{n_bins} bins, {n_frames} frames")
    for column, image in enumerate((similarity, excess)):
        figure.colorbar(image, ax=[row[column] for row in axes], location="bottom", aspect=40, shrink=0.7)
    return figure


def control_table(controls: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table Controls that the figure shows; all-ones couplings stand beside the NCA.

    Returns ControlFigure, whose `look` joins measure and weighting; controls come in the order of CONTROLS.
    Harmonic measures are shown input-weighted, where noise scatters most.
    """
    harmonic = controls["measure"].str.startswith("harmonic_") & (controls["weighting"] == "input_weighted")
    chosen = controls[controls["measure"].isin(CONTROL_MEASURES) | harmonic]
    measures = chosen["measure"].map(label_of).str.replace(" to ", "\nto ")  # panels are narrow
    looks = measures + ",\n" + chosen["weighting"].map(label_of)
    shown = chosen.assign(look=looks, method=chosen["method"].mask(chosen["control"] == "all_ones", "nca"))
    in_order = shown.sort_values("control", key=lambda column: column.map(CONTROLS.index), kind="stable")
    return in_order[columns(ControlFigure)]


def _numbered_cells(ax: Axes, part: pd.DataFrame, quantity: str, colours: str, lowest: float) -> QuadMesh:
    truths = part["truth"] + ",\n" + part["build"]
    values = part.assign(column=truths).pivot(index="method", columns="column", values=quantity)
    values = values.loc[ordered(part["method"]), ordered(truths)]
    image = ax.pcolormesh(values, cmap=colours, vmin=lowest, vmax=1, edgecolors="white")
    for (row, column), value in np.ndenumerate(values.round(2).to_numpy() + 0.0):  # no minus zero
        colour = "white" if abs(value) > DARK else "black"
        ax.text(column + 0.5, row + 0.5, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=8)
    ax.set_xticks(np.arange(values.shape[1]) + 0.5, values.columns, rotation=90, fontsize=8)
    ax.set_yticks(np.arange(len(values)) + 0.5, [label_of(name) for name in values.index])
    ax.set_ylim(len(values), 0)
    ax.grid(False)
    return image
