"""The look that all figures share: fonts, colours, names on axes, and how a figure is saved with its data."""

import functools
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from singmap.files.storage import atomic_path
from singmap.files.tables import Table, write_table
from singmap.report.labels import label_of

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

Arguments = ParamSpec("Arguments")
Axis = bool | Literal["row", "col"]  # whether panels share an axis, or those of a row or column do
Grid = np.ndarray[tuple[int, int], np.dtype[np.object_]]  # of matplotlib's Axes

INK, FAINT, GRID = "#222222", "#767676", "#dddddd"
BAND = "#eeeeee"  # what is expected, or asked for: behind everything else
STYLE: "dict[RcKeyType, Any]" = {
    "font.family": "DejaVu Sans",  # shipped with matplotlib: the same letters on every machine
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
    "axes.labelsize": 8.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.0,
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
WIDTH = 6.5  # inches, of every figure: letters have one size on the page, and can be read on a phone
AXIS_MARGIN = 0.08  # of what an axis holds
# Okabe and Ito's palette, told apart with every common form of colour blindness.
PALETTE = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"]
N_COLOURS = len(PALETTE)  # lines of more models could not be told apart
MODEL_COLOURS = {"dae": PALETTE[0], "mdae": PALETTE[1], "sf": PALETTE[2]}
SIGN_COLOURS = ("#00426e", "#454545", "#a33c00")  # all negative, both signs, all positive
BASELINE_COLOUR = "#8c8c8c"
LINE_STYLES = ["-", "--", ":", "-."]


def colours_of(names: list[str]) -> dict[str, str]:
    """One colour per name: the models' own, then the rest of the palette, then what is free, again and again.

    A model that some figures lack leaves the colours of others as they are.
    """
    taken = {MODEL_COLOURS.get(name) for name in names}
    reserved = list(MODEL_COLOURS.values())
    free = sorted((colour for colour in PALETTE if colour not in taken), key=reserved.__contains__)
    others = itertools.cycle(free or PALETTE)
    return {name: MODEL_COLOURS.get(name) or next(others) for name in names}


def styled(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Run a drawing function under STYLE without changing the caller's matplotlib settings."""

    @functools.wraps(draw)
    def wrapped(*args: Arguments.args, **keywords: Arguments.kwargs) -> Figure:
        with matplotlib.rc_context(STYLE):
            return draw(*args, **keywords)

    return wrapped


def panels(
    n_rows: int,
    n_columns: int,
    height: float,
    sharex: Axis = False,
    sharey: Axis = False,
    heights: Sequence[float] | None = None,
) -> tuple[Figure, Grid]:
    """Open a figure of WIDTH x `height` inches with a grid of axes, (n_rows, n_columns).

    `heights` are those of the rows, relative to one another.
    """
    figure = blank_figure(height)
    axes = figure.subplots(
        n_rows, n_columns, squeeze=False, sharex=sharex, sharey=sharey, height_ratios=heights
    )
    return figure, axes


def blank_figure(height: float) -> Figure:
    """A figure of WIDTH x `height` inches without axes, made without pyplot: no global state, no display."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def columns_of_panels(n_panels: int, panel_inches: float, legend_inches: float) -> tuple[Figure, list[Axes]]:
    """Open a figure of panels in two columns, an odd last one as wide as both: no slot is empty."""
    n_rows = -(-n_panels // 2)
    figure = blank_figure(n_rows * panel_inches + legend_inches)
    grid = figure.add_gridspec(n_rows, 2)
    places = [grid[place // 2, place % 2] for place in range(n_panels)]
    if n_panels % 2:
        places[-1] = grid[n_rows - 1, :]
    return figure, [figure.add_subplot(place) for place in places]


def axis_limits(values: pd.DataFrame | pd.Series) -> tuple[float, float]:
    """Ends of an axis that holds all finite values and zero, with a margin."""
    found = np.asarray(values, dtype=np.float64)
    found = np.append(found[np.isfinite(found)], 0.0)
    margin = AXIS_MARGIN * (np.ptp(found) or 1.0)
    return float(found.min() - margin), float(found.max() + margin)


def key(figure: Figure, entries: Mapping[str, Artist], n_columns: int = 3) -> None:
    """Put one legend below the figure, {text: what it explains}."""
    if entries:
        figure.legend(list(entries.values()), list(entries), loc="outside lower center", ncols=n_columns)


def model_marks(models: Iterable[str], marker: str = "o") -> dict[str, Line2D]:
    """Entries of a legend: the models in their colours."""
    return {
        label_of(model): Line2D([], [], linestyle="", marker=marker, color=colour)
        for model, colour in colours_of(list(models)).items()
    }


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


def signed_colours(
    levels_db: ArrayLike, balance: ArrayLike, limits_db: tuple[float, float]
) -> NDArray[np.float64]:
    """Colours (..., 3) of gains: darker with their level (...), in the hue of their sign.

    `balance` (...) is -1 where all gains of a cell are negative, 1 where all are positive; where both signs
    occur the hue is grey. Blue and red-brown are told apart with every common form of colour blindness.
    """
    low_db, high_db = limits_db
    strength = np.clip((np.asarray(levels_db, dtype=np.float64) - low_db) / (high_db - low_db), 0, 1)
    signs = np.asarray(balance, dtype=np.float64)
    darkest = np.stack(
        [np.interp(signs, [-1, 0, 1], channel) for channel in zip(*map(to_rgb, SIGN_COLOURS), strict=True)],
        axis=-1,
    )
    colours: NDArray[np.float64] = 1 - strength[..., None] * (1 - darkest)
    return colours


def save_figure(
    figure: Figure, shown: pd.DataFrame, table: type[Table], files: Mapping[str, Path], dots_per_inch: float
) -> None:
    """Write a figure to files["svg"] and files["png"], and what it shows, a `table`, to files["csv"]."""
    with matplotlib.rc_context(STYLE):
        _lay_out(figure, dots_per_inch)
        with atomic_path(files["svg"]) as part:
            figure.savefig(part, format="svg", dpi=dots_per_inch, metadata={"Date": None})
        with atomic_path(files["png"]) as part:
            figure.savefig(part, format="png", dpi=dots_per_inch)
    write_table(files["csv"], shown, table)


def _lay_out(figure: Figure, dots_per_inch: float) -> None:
    """Place all parts once: each file that is saved would place them anew, a third of its time."""
    figure.set_dpi(dots_per_inch)
    if engine := figure.get_layout_engine():
        engine.execute(figure)
    figure.set_layout_engine("none")


def files_of_figures(outputs: Mapping[str, Path]) -> dict[str, dict[str, Path]]:
    """Group outputs named <figure>_<format> as {figure: {"svg": path, "png": path, "csv": path}}."""
    files: dict[str, dict[str, Path]] = {}
    for name, path in outputs.items():
        figure, _, file_format = name.rpartition("_")
        files.setdefault(figure, {})[file_format] = path
    return files
