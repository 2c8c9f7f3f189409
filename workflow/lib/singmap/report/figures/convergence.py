"""How the optimised mappings settle: loss, fidelity and structure against iterations."""

import itertools

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from singmap.files.tables import ConvergenceFigure, columns
from singmap.report.labels import label_of, ordered
from singmap.report.style import FAINT, LINE_STYLES, colours_of, note, panels, styled

TITLES = {
    "relative_loss": "loss / first loss",
    "relative_l1": "relative L1 error",
    "weighted_diagonal_share": "on the diagonal,\ninput-weighted",
    "weighted_band_share_2": "within 2 bins,\ninput-weighted",
    "band_share_2": "within 2 bins,\nraw",
}
TOP = 1.2  # of the axes of loss and error: random starts can be far worse than silence, 1
QUANTITIES = list(TITLES)
LOSS_EVERY = 10  # iterations between two shown values of the loss


def convergence_table(curves: pd.DataFrame) -> pd.DataFrame:
    """Median over segments of what the curves recorded, the table ConvergenceFigure.

    `curves` are rows of the table Curve with columns model, seed and method; the loss stands in every row,
    the measures where they were recorded. What a segment recorded last counts until it records again, and to
    the end of the longest run after it has stopped itself: a median over those that still run would jump
    whenever an easy one stops. The medians begin where all segments have a record.
    """
    if curves.empty:
        return pd.DataFrame(columns=columns(ConvergenceFigure))
    keys = ["model", "seed", "method"]
    loss = curves["loss"] / curves.groupby([*keys, "segment"])["loss"].transform("first")
    shown = curves.assign(relative_loss=loss.where(curves["iteration"] % LOSS_EVERY == 0))
    tidy = shown.melt([*keys, "segment", "iteration"], QUANTITIES, var_name="quantity").dropna(subset="value")
    medians = {
        names: part.pivot(index="iteration", columns="segment", values="value")
        .ffill()
        .dropna()
        .median(axis=1)
        for names, part in tidy.groupby([*keys, "quantity"], sort=False)
    }
    table: pd.DataFrame = pd.concat(medians, names=[*keys, "quantity"]).rename("value").reset_index()
    return table


@styled
def draw_convergence(table: pd.DataFrame, fixed_iterations: int) -> Figure:
    """Draw `convergence_table`: one row of panels per method, one column per quantity, a line for each run.

    A vertical line marks `fixed_iterations`, where the authors' algorithm stops.
    """
    if table.empty:
        return note("No examined method iterates: there is nothing to converge.")
    methods, models = ordered(table["method"]), ordered(table["model"])
    height = 1.0 + 2.1 * len(methods)
    figure, axes = panels(len(methods), len(QUANTITIES), height, sharex="row", sharey="col")
    for row, method in zip(axes, methods, strict=True):
        for ax, quantity in zip(row, QUANTITIES, strict=True):
            part = table[(table["method"] == method) & (table["quantity"] == quantity)]
            _draw_lines(ax, part, models)
            ax.axvline(fixed_iterations, color=FAINT, linewidth=1, linestyle="--")
        row[0].set_ylabel(label_of(method), fontweight="bold")
    for ax, quantity in zip(axes[0], QUANTITIES, strict=True):
        ax.set_title(TITLES[quantity], fontsize=9)
        ax.set_ylim(0, TOP if quantity.startswith("relative") else None)
    for ax in axes[-1]:
        ax.set_xlabel("iteration")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside upper right", ncols=len(models))
    return figure


def _draw_lines(ax: Axes, part: pd.DataFrame, models: list[str]) -> None:
    for model, colour in colours_of(models).items():
        seeds = part[part["model"] == model].groupby("seed")
        for index, ((_, line), style) in enumerate(zip(seeds, itertools.cycle(LINE_STYLES), strict=False)):
            label = label_of(model) if index == 0 else None
            mark = "o" if len(line) == 1 else None  # of a single record no line would show
            ax.plot(
                line["iteration"], line["value"], style, color=colour, linewidth=1.2, label=label, marker=mark
            )
