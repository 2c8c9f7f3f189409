"""Pictures of mapping matrices on axes in Hz: how strong and of which sign a gain is, the diagonal apart.

A picture joins many gains in a cell: those of all segments, and of all pairs of bins of two bands. Its level
is their root mean square, so that nothing cancels; its hue says whether they agree in sign. The diagonal is
left out of cells of several bins and drawn over them: spread over a square of w by w bins it would fall by
10 log10(w) dB while a dense background stayed. Any other line of single bins, as of octaves, does fall so.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator
from numpy.typing import NDArray

from singmap.files.tables import MappingFigure, columns
from singmap.report.labels import label_of, ordered
from singmap.report.matrix_codes import cell_gains
from singmap.report.style import WIDTH, blank_figure, note, signed_colours, styled

PANELS_PER_ROW = 3
FLOOR_DB = -200.0  # stands for a gain of exactly zero
N_DECADES = 6  # or a narrow panel shows two numbers
KEY_INCHES = 0.75
LEVEL, BALANCE = "level", "balance"
N_NAMES = len(columns(MappingFigure))
Array = NDArray[np.float64]


@dataclass(frozen=True)
class JoinedGains:
    """What a picture shows of matrices, on cells of two bands each.

    level_db : (n_bands, n_bands) root mean square in dB re 1, without the diagonal in cells of several bins
    balance : (n_bands, n_bands) mean over root mean square, -1 to 1; near 0 where both signs occur
    diagonal_level_db, diagonal_balance : (n_bands,) the same of the diagonal
    """

    level_db: Array
    balance: Array
    diagonal_level_db: Array
    diagonal_balance: Array


def band_starts(n_bins: int, cells_max: int, spacing: str) -> NDArray[np.int64]:
    """First bin of each of at most `cells_max` bands over bins 0..n_bins-1, evenly spaced or in octaves.

    `spacing` is "linear" or "log"; the latter leaves out bin 0 (0 Hz), which has no place on such an axis.
    """
    n_cells = min(n_bins, cells_max)
    if spacing == "linear":
        return np.arange(0, n_bins, -(-n_bins // n_cells))
    return np.unique(np.geomspace(1, n_bins, n_cells + 1).astype(int)[:-1])


def joined_gains(
    matrices: Iterable[NDArray[np.floating]], starts: NDArray[np.int64], n_bins: int
) -> JoinedGains:
    """Join matrices (n_bins or more, n_bins or more), one per segment, over bands that begin at `starts`."""
    first = int(starts[0])
    sizes = np.diff(np.append(starts, n_bins))
    power = total = diagonal_power = diagonal_total = np.zeros(1)
    count = 0
    for matrix in matrices:
        cells = cell_gains(matrix[first:n_bins, first:n_bins], starts - first)
        power, total = power + np.square(cells.rms), total + cells.mean
        diagonal_power = diagonal_power + np.add.reduceat(np.square(cells.diagonal), starts - first) / sizes
        diagonal_total = diagonal_total + np.add.reduceat(cells.diagonal, starts - first) / sizes
        count += 1
    return JoinedGains(
        *_level_and_balance(power / count, total / count),
        *_level_and_balance(diagonal_power / count, diagonal_total / count),
    )


def _level_and_balance(power: Array, mean: Array) -> tuple[Array, Array]:
    rms = np.sqrt(power)
    balance = np.divide(mean, rms, out=np.zeros_like(rms), where=rms > 0)
    return 20 * np.log10(np.maximum(rms, 10 ** (FLOOR_DB / 20))), np.clip(balance, -1, 1)


def mapping_table(
    segments: Mapping[tuple[str, str], Iterable[NDArray[np.floating]]],
    frequencies_hz: Array,
    max_hz: float,
    cells_max: int,
    spacing: str = "linear",
) -> pd.DataFrame:
    """Joined gains of {(model, method): a matrix (n_bins, n_bins) per segment}, the table MappingFigure.

    Levels to 0.1 dB, balances to 0.01. Frequencies above `max_hz` are left out.
    """
    n_bins = max(2, int(np.searchsorted(frequencies_hz, max_hz, side="right")))
    starts = band_starts(n_bins, cells_max, spacing)
    ends = np.append(starts[1:], n_bins) - 1
    low_hz, high_hz = frequencies_hz[starts], frequencies_hz[ends]
    centres_hz = np.round(np.sqrt(low_hz * high_hz) if spacing == "log" else (low_hz + high_hz) / 2, 2)
    blocks = []
    for (model, method), matrices in segments.items():
        gains = joined_gains(matrices, starts, n_bins)
        for part, cells, diagonal, decimals in (
            (LEVEL, gains.level_db, gains.diagonal_level_db, 1),
            (BALANCE, gains.balance, gains.diagonal_balance, 2),
        ):
            block = pd.DataFrame(np.round(cells, decimals), columns=centres_hz.astype(str))
            names = {"model": model, "method": method, "part": part, "output_hz": centres_hz}
            names |= {"bins": ends - starts + 1, "diagonal": np.round(diagonal, decimals)}
            blocks.append(pd.concat([pd.DataFrame(names, index=block.index), block], axis=1))
    return pd.concat(blocks, ignore_index=True)


@styled
def draw_mappings(table: pd.DataFrame, range_db: float, spacing: str, quantity: str) -> Figure:
    """Draw a MappingFigure as a grid, models down and methods across, with one scale for all.

    With one method alone the models stand side by side. The scale ends at what 0.1 % of the cells exceed in
    the median matrix, so that one wild method does not hide the others, and reaches `range_db` below;
    `quantity` names what the cells hold.
    """
    if table.empty:
        return note("No method belongs into this figure: see the other one.")
    models, methods = ordered(table["model"]), ordered(table["method"])
    rows = [[(model, methods[0]) for model in part] for part in _in_rows(models)]
    if len(methods) > 1:
        rows = [[(model, name) for name in part] for part in _in_rows(methods) for model in models]
    limits_db = _limits(table, range_db)
    side = (WIDTH - 0.9) / len(rows[0])
    heights = [side] * len(rows) + [KEY_INCHES]
    figure = blank_figure(sum(heights) + 0.3 * len(rows))
    grid = figure.add_gridspec(len(heights), len(rows[0]), height_ratios=heights)
    for (down, row), across in itertools.product(enumerate(rows), range(len(rows[0]))):
        if across < len(row):
            model, method = row[across]
            ax = figure.add_subplot(grid[down, across])
            part = table[(table["model"] == model) & (table["method"] == method)]
            if part.empty:
                ax.text(0.5, 0.5, "needs layers", ha="center", va="center", transform=ax.transAxes)
            else:
                _draw_matrix(ax, part, spacing, limits_db)
            ax.set_title(f"{label_of(model)}: {label_of(method)}")
            ax.set_ylabel("output (Hz)" if across == 0 else "")
            ax.set_xlabel("input (Hz)" if down == len(rows) - 1 else "")
    _draw_key(figure.add_subplot(grid[-1, :]), limits_db, quantity)
    return figure


def _in_rows(names: list[str]) -> list[list[str]]:
    """Split into rows as even as can be, of at most PANELS_PER_ROW."""
    n_rows = -(-len(names) // PANELS_PER_ROW)
    per_row = -(-len(names) // n_rows)
    return [names[first : first + per_row] for first in range(0, len(names), per_row)]


def _limits(table: pd.DataFrame, range_db: float) -> tuple[float, float]:
    levels = table[table["part"] == LEVEL]
    peaks_db = [
        np.nanpercentile(part.iloc[:, N_NAMES - 1 :].to_numpy(float), 99.9)
        for _, part in levels.groupby(["model", "method"])
    ]
    top_db = float(np.ceil(np.median(peaks_db)))
    return top_db - range_db, top_db


def _draw_matrix(ax: Axes, part: pd.DataFrame, spacing: str, limits_db: tuple[float, float]) -> None:
    level, balance = (part[part["part"] == name] for name in (LEVEL, BALANCE))
    centres = level["output_hz"].to_numpy()
    shades = signed_colours(level.iloc[:, N_NAMES:], balance.iloc[:, N_NAMES:], limits_db)
    ax.pcolormesh(centres, centres, shades, rasterized=True)
    _draw_diagonal(ax, level, signed_colours(level["diagonal"], balance["diagonal"], limits_db))
    ax.set_aspect("equal")
    ax.grid(False)
    if spacing == "log":
        ax.set(xscale="log", yscale="log")
        ax.xaxis.set_major_locator(LogLocator(numticks=N_DECADES))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(EngFormatter(sep=""))


def _draw_diagonal(ax: Axes, level: pd.DataFrame, shades: NDArray[np.float64]) -> None:
    """Draw the diagonal over cells of several bins; of a cell of one bin it is all."""
    centres, wide = level["output_hz"].to_numpy(), level["bins"].to_numpy() > 1
    middles = (centres[1:] + centres[:-1]) / 2
    edges = np.concatenate([[2 * centres[0] - middles[0]], middles, [2 * centres[-1] - middles[-1]]])
    ends = np.stack([edges[:-1], edges[1:]], axis=1)
    lines = np.repeat(ends[:, :, None], 2, axis=2)[wide]
    ax.add_collection(LineCollection(list(lines), colors=list(shades[wide]), linewidths=1.6))


def _draw_key(ax: Axes, limits_db: tuple[float, float], quantity: str) -> None:
    """The colours of all levels, by the sign of the gains in a cell."""
    levels_db = np.linspace(*limits_db, 101)
    balance = np.array([-1.0, 0.0, 1.0])
    shades = signed_colours(np.tile(levels_db, (3, 1)), np.tile(balance[:, None], (1, 101)), limits_db)
    ax.pcolormesh(levels_db, balance, shades, rasterized=True)
    ax.set_yticks(balance, ["all negative", "both signs", "all positive"])
    ax.set_xlabel(f"{quantity} (dB): root mean square of a cell; the diagonal by itself")
    ax.grid(False)
