"""The look that all figures share: fonts, colours, names on axes, and how a figure is saved with its data."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap
from matplotlib.figure import Figure

from singmap.files.storage import atomic_path
from singmap.files.tables import Table, write_table

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

Arguments = ParamSpec("Arguments")
Axis = bool | Literal["row", "col"]  # whether panels share an axis, or those of a row or column do
Grid = np.ndarray[tuple[int, int], np.dtype[np.object_]]  # of matplotlib's Axes

INK, FAINT, GRID = "#222222", "#767676", "#dddddd"
STYLE: "dict[RcKeyType, Any]" = {
    "font.family": "DejaVu Sans",  # shipped with matplotlib: the same letters on every machine
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "svg.hashsalt": "study",  # the same figure gives the same bytes
}
WIDTH = 11.0  # inches, of every figure: letters have one size on the page
# Okabe and Ito's palette, told apart with every common form of colour blindness.
PALETTE = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"]
MODEL_COLOURS = {"dae": PALETTE[0], "mdae": PALETTE[1], "sf": PALETTE[2]}
BASELINE_COLOUR = "#8c8c8c"
LINE_STYLES = ["-", "--", ":", "-."]


def colours_of(names: list[str]) -> dict[str, str]:
    """One colour per name: the models' own, then what is left of the palette."""
    free = iter([colour for colour in PALETTE if colour not in MODEL_COLOURS.values()] * len(names))
    return {name: MODEL_COLOURS.get(name) or next(free) for name in names}


def styled(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Run a drawing function under STYLE without changing the caller's matplotlib settings."""

    @functools.wraps(draw)
    def wrapped(*args: Arguments.args, **keywords: Arguments.kwargs) -> Figure:
        with matplotlib.rc_context(STYLE):
            return draw(*args, **keywords)

    return wrapped


def panels(
    n_rows: int, n_columns: int, height: float, sharex: Axis = False, sharey: Axis = False
) -> tuple[Figure, Grid]:
    """Open a figure of WIDTH x `height` inches with a grid of axes, (n_rows, n_columns).

    It is made without pyplot: no global state, no display.
    """
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(n_rows, n_columns, squeeze=False, sharex=sharex, sharey=sharey)
    return figure, axes


def note(text: str) -> Figure:
    """A figure that says in words why there is nothing to draw."""
    figure, ((ax,),) = panels(1, 1, 1.0)
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, ha="center", va="center")
    return figure


def heat_colours() -> Colormap:
    """Colours of levels in dB: even steps to the eye, also in print and to colour-blind readers.

    Light where little is, and white below the scale.
    """
    return matplotlib.colormaps["magma_r"].with_extremes(under="white")


def save_figure(
    figure: Figure, shown: pd.DataFrame, table: type[Table], files: Mapping[str, Path], dots_per_inch: float
) -> None:
    """Write a figure to files["svg"] and files["png"], and what it shows, a `table`, to files["csv"]."""
    with matplotlib.rc_context(STYLE):
        with atomic_path(files["svg"]) as part:
            figure.savefig(part, format="svg", dpi=dots_per_inch, metadata={"Date": None})
        with atomic_path(files["png"]) as part:
            figure.savefig(part, format="png", dpi=dots_per_inch)
    write_table(files["csv"], shown, table)


def files_of_figures(outputs: Mapping[str, Path]) -> dict[str, dict[str, Path]]:
    """Group outputs named <figure>_<format> as {figure: {"svg": path, "png": path, "csv": path}}."""
    files: dict[str, dict[str, Path]] = {}
    for name, path in outputs.items():
        figure, _, file_format = name.rpartition("_")
        files.setdefault(figure, {})[file_format] = path
    return files
