"""Structure and fidelity of the mapping matrices, by model, method and seed."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from singmap.files.tables import MeasureFigure, columns
from singmap.report.labels import label_of, ordered
from singmap.report.style import FAINT, colours_of, panels, styled

GROUP_WIDTH = 0.8  # of the distance between two methods on the axis
FIDELITY = ["relative_l1", "diagonal_relative_l1", "relative_l2", "diagonal_relative_l2"]


def share_table(structure: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table Structure about squared weight on and near the diagonal."""
    return structure[structure["measure"].str.match(r"diagonal_share|band_share_")][columns(MeasureFigure)]


def harmonic_table(structure: pd.DataFrame) -> pd.DataFrame:
    """Rows about energy at harmonic offsets."""
    return structure[structure["measure"].str.startswith("harmonic_")][columns(MeasureFigure)]


def fidelity_table(structure: pd.DataFrame) -> pd.DataFrame:
    """Rows about relative errors against the model's output, full matrix beside diagonal alone."""
    chosen = structure[structure["measure"].isin(FIDELITY)][columns(MeasureFigure)]
    return chosen.sort_values("measure", key=lambda column: column.map(FIDELITY.index), kind="stable")


@styled
def draw_measures(
    table: pd.DataFrame,
    quantity: str,
    across: str = "measure",
    down: str = "weighting",
    along: str = "method",
    reference: float | None = None,
    top: float | None = None,
) -> Figure:
    """Draw the `value` of a tidy table: one panel for each value of the columns `across` and `down`.

    In each panel the values of the column `along` lie on the axis, the models side by side in their colours:
    points are seeds and segments, bars the medians. `reference` draws a dashed line; `quantity` labels the
    vertical axis, which ends at `top`: medians beyond it are written on their bars.
    """
    columns, rows, models = (ordered(table[name]) for name in (across, down, "model"))
    figure, axes = panels(len(rows), len(columns), 1.2 + 2.5 * len(rows), sharex=True, sharey=True)
    for row, low in zip(axes, rows, strict=True):
        for ax, high in zip(row, columns, strict=True):
            part = table[(table[across] == high) & (table[down] == low)]
            _draw_grouped(ax, part, along, ordered(table[along]), models)
            if top is not None:
                _number_bars_beyond(ax, top)
            if reference is not None:
                ax.axhline(reference, color=FAINT, linewidth=1, linestyle="--")
            ax.set_title(f"{label_of(high)}\n{label_of(low)}", fontsize=9)
        row[0].set_ylabel(quantity)
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside upper right", ncols=len(models))
    return figure


def _draw_grouped(ax: Axes, part: pd.DataFrame, along: str, names: list[str], models: list[str]) -> None:
    """Draw `value` by the column `along`, the models side by side: points, and a bar up to the median."""
    step = GROUP_WIDTH / len(models)
    for index, (model, colour) in enumerate(colours_of(models).items()):
        places = np.arange(len(names)) + step * (index - (len(models) - 1) / 2)
        chosen = part[part["model"] == model]
        medians = chosen.groupby(along)["value"].median().reindex(names)
        ax.bar(places, medians, step * 0.9, color=colour, alpha=0.35, label=label_of(model))
        at = chosen[along].map(dict(zip(names, places, strict=True)))
        ax.plot(at, chosen["value"], "o", color=colour, markersize=2.5, alpha=0.7)
    ax.set_xticks(range(len(names)), [label_of(name) for name in names], rotation=50, ha="right", fontsize=8)
    ax.grid(visible=False, axis="x")


def _number_bars_beyond(ax: Axes, top: float) -> None:
    ax.set_ylim(0, top)
    for bars in ax.containers:
        for bar in bars:
            if bar.get_height() > top:
                place = bar.get_x() + bar.get_width() / 2
                text = f"{bar.get_height():.3g}"
                ax.text(place, 0.97 * top, text, rotation=90, ha="center", va="top", fontsize=7)
