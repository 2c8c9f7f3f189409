"""How the models learnt: loss against epochs, for every model and seed."""

import itertools

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from singmap.report.labels import label_of, ordered
from singmap.report.style import INK, LINE_STYLES, colours_of, panels, styled


@styled
def draw_loss_curves(table: pd.DataFrame, loss_name: str) -> Figure:
    """Draw one panel per model: training loss thin, validation loss thick, a ring at the epoch that was kept.

    `table` is a LossFigure; `loss_name` labels the logarithmic axis.
    """
    models = ordered(table["model"])
    figure, (row,) = panels(1, len(models), 3.6, sharey=True)
    colours = colours_of(models)
    for ax, model in zip(row, models, strict=True):
        seeds = table[table["model"] == model].groupby("seed")
        for (seed, curve), style in zip(seeds, itertools.cycle(LINE_STYLES), strict=False):
            ax.plot(
                curve["epoch"], curve["train_loss"], style, color=colours[model], linewidth=0.9, alpha=0.6
            )
            ax.plot(curve["epoch"], curve["valid_loss"], style, color=colours[model], label=f"seed {seed}")
            best = curve.iloc[curve["valid_loss"].argmin()]
            ax.plot(best["epoch"], best["valid_loss"], "o", markerfacecolor="white", color=colours[model])
        ax.set(title=label_of(model), xlabel="epoch", yscale="log")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.legend(title="valid (thick), train (thin)", title_fontsize=8, fontsize=8, labelcolor=INK)
    row[0].set_ylabel(f"loss per frame and bin ({loss_name})")
    return figure
