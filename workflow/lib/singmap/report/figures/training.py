"""How the models learnt: loss against epochs, for every model and seed."""

import itertools

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator

from singmap.report.labels import label_of, ordered
from singmap.report.style import INK, LINE_STYLES, colours_of, key, note, panels, styled

PANELS_PER_ROW = 3


@styled
def draw_loss_curves(table: pd.DataFrame, loss_name: str) -> Figure:
    """Draw one panel per model: training loss thin, validation loss thick, a ring at the epoch that was kept.

    `table` is a LossFigure; `loss_name` labels the logarithmic axis.
    """
    if table.empty:
        return note("All models were given with their weights: none was trained here.")
    models = ordered(table["model"])
    n_columns = min(len(models), PANELS_PER_ROW)
    n_rows = -(-len(models) // n_columns)
    figure, axes = panels(n_rows, n_columns, 0.8 + 2.3 * n_rows, sharey=True)
    colours = colours_of(models)
    styles = dict(zip(sorted(set(table["seed"])), itertools.cycle(LINE_STYLES), strict=False))
    every: list[Axes] = axes.ravel().tolist()
    for ax, model in zip(every, models, strict=False):
        for seed, curve in table[table["model"] == model].groupby("seed"):
            _draw_curve(ax, curve, colours[model], styles[seed])
        ax.set(title=label_of(model), xlabel="epoch", yscale="log")
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter("{x:.0e}")
        ax.yaxis.set_minor_formatter("")
    for ax in every[len(models) :]:
        ax.remove()
    for row in axes:
        row[0].set_ylabel(f"loss per frame and bin ({loss_name})")
    key(figure, _legend(styles), n_columns=5)
    return figure


def _draw_curve(ax: Axes, curve: pd.DataFrame, colour: str, style: str) -> None:
    ax.plot(curve["epoch"], curve["train_loss"], style, color=colour, linewidth=0.9, alpha=0.6)
    ax.plot(curve["epoch"], curve["valid_loss"], style, color=colour, linewidth=1.8)
    best = curve.iloc[curve["valid_loss"].argmin()]
    ax.plot(best["epoch"], best["valid_loss"], "o", markerfacecolor="white", color=colour)


def _legend(styles: dict[int, str]) -> dict[str, Artist]:
    entries: dict[str, Artist] = {
        "validation": Line2D([], [], color=INK, linewidth=1.8),
        "training": Line2D([], [], color=INK, linewidth=0.9, alpha=0.6),
        "kept epoch": Line2D([], [], ls="", marker="o", color=INK, markerfacecolor="white"),
    }
    return entries | {f"seed {seed}": Line2D([], [], color=INK, ls=style) for seed, style in styles.items()}
