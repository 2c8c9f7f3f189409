"""A figure of one's own, in the look of the study's: the spread of every model's mapping, by method."""

import pandas as pd
from matplotlib.figure import Figure

from singmap.report.labels import label_of, ordered
from singmap.report.style import colours_of, panels, styled


@styled
def draw_spread(table: pd.DataFrame) -> Figure:
    """A dot for each model, seed and segment, a row for each method."""
    figure, ((ax,),) = panels(1, 1, 2.5)
    for model, colour in colours_of(ordered(table["model"])).items():
        part = table[table["model"] == model]
        ax.plot(part["spread_bins"], part["method"].map(label_of), "o", color=colour, label=label_of(model))
    ax.set_xlabel("mean distance from the diagonal (bins)")
    ax.legend()
    return figure


if __name__ == "__main__":
    job = globals()["snakemake"]
    draw_spread(pd.read_csv(job.input[0])).savefig(job.output[0])
