"""How the optimised mappings settle: loss, fidelity and structure against iterations."""

import itertools

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from singmap.files.tables import ConvergenceFigure, columns
from singmap.report.labels import label_of, ordered
from singmap.report.style import FAINT, INK, LINE_STYLES, colours_of, key, note, panels, styled

TITLES = {
    "relative_loss": "loss / first loss",
    "relative_l1": "relative L1 error",
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
    """Draw `convergence_table`: a column of panels per method, a row per quantity, a line for each run.

    A vertical line marks `fixed_iterations`, where the authors' algorithm stops; a dot, where a run did.
    """
    if table.empty:
        return note("No examined method iterates: there is nothing to converge.")
    methods, colours = ordered(table["method"]), colours_of(ordered(table["model"]))
    styles = dict(zip(sorted(set(table["seed"])), itertools.cycle(LINE_STYLES), strict=False))
    height = 0.9 + 1.35 * len(QUANTITIES)
    figure, axes = panels(len(QUANTITIES), len(methods), height, sharex="col", sharey="row")
    for row, quantity in zip(axes, QUANTITIES, strict=True):
        for ax, method in zip(row, methods, strict=True):
            part = table[(table["method"] == method) & (table["quantity"] == quantity)]
            _draw_lines(ax, part, colours, styles)
            ax.axvline(fixed_iterations, color=FAINT, linewidth=1, linestyle="--")
        row[0].set_ylabel(TITLES[quantity])
        row[0].set_ylim(0, TOP if quantity.startswith("relative") else None)
    for ax, method in zip(axes[0], methods, strict=True):
        ax.set_title(label_of(method))
    for ax in axes[-1]:
        ax.set_xlabel("iteration")
        ax.locator_params(axis="x", nbins=4)
    key(figure, _legend(colours, styles), n_columns=4)
    return figure


def _draw_lines(ax: Axes, part: pd.DataFrame, colours: dict[str, str], styles: dict[int, str]) -> None:
    for model, seed in part[["model", "seed"]].drop_duplicates().itertuples(index=False):
        line = part[(part["model"] == model) & (part["seed"] == seed)]
        ax.plot(line["iteration"], line["value"], styles[seed], color=colours[model], linewidth=1.2)
        ax.plot(line["iteration"].iloc[-1], line["value"].iloc[-1], "o", color=colours[model], markersize=3)


def _legend(colours: dict[str, str], styles: dict[int, str]) -> dict[str, Artist]:
    entries: dict[str, Artist] = {label_of(name): Line2D([], [], color=c) for name, c in colours.items()}
    entries |= {f"seed {seed}": Line2D([], [], color=INK, ls=style) for seed, style in styles.items()}
    entries["end of a run"] = Line2D([], [], ls="", marker="o", color=INK, markersize=3)
    return entries | {"end of the authors' NCA": Line2D([], [], color=FAINT, ls="--", linewidth=1)}
