"""Heat maps of mapping matrices: averaged into frequency bands, in dB, on axes in Hz."""

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter
from numpy.typing import NDArray

from singmap.report.labels import label_of, ordered
from singmap.report.style import WIDTH, heat_colours, panels, styled

METHODS_PER_ROW = 4
FLOOR_DB = -200.0  # stands for a gain of exactly zero


def band_starts(n_bins: int, cells_max: int, spacing: str) -> NDArray[np.int64]:
    """First bin of each of at most `cells_max` bands over bins 0..n_bins-1, evenly spaced or in octaves.

    `spacing` is "linear" or "log"; the latter leaves out bin 0 (0 Hz), which has no place on such an axis.
    """
    n_cells = min(n_bins, cells_max)
    if spacing == "linear":
        return np.arange(0, n_bins, -(-n_bins // n_cells))
    return np.unique(np.geomspace(1, n_bins, n_cells + 1).astype(int)[:-1])


def band_gains_db(
    matrix: NDArray[np.floating], starts: NDArray[np.int64], n_bins: int
) -> NDArray[np.float64]:
    """Root-mean-square gain of each pair of bands in dB re 1: (n_bins, n_bins) -> (n_bands, n_bands)."""
    power = np.asarray(matrix[:n_bins, :n_bins], dtype=np.float64) ** 2
    first = starts[0]
    power, starts = power[first:, first:], starts - first
    counts = np.diff(np.append(starts, len(power)))
    summed = np.add.reduceat(np.add.reduceat(power, starts, axis=0), starts, axis=1)
    mean: NDArray[np.float64] = summed / np.outer(counts, counts)
    return 10 * np.log10(np.maximum(mean, 10 ** (FLOOR_DB / 10)))


def mapping_table(
    mappings: Mapping[tuple[str, str], NDArray[np.floating]],
    frequencies_hz: NDArray[np.float64],
    max_hz: float,
    cells_max: int,
    spacing: str = "linear",
) -> pd.DataFrame:
    """Band-averaged gains of {(model, method): (n_bins, n_bins) matrix}, one row per output band.

    Columns: model, method, output_hz (centre of the output band), then one column per input band, named
    by its centre in Hz; values in dB re 1, to 0.1 dB. Frequencies above `max_hz` are left out.
    """
    n_bins = max(2, int(np.searchsorted(frequencies_hz, max_hz, side="right")))
    starts = band_starts(n_bins, cells_max, spacing)
    ends = np.append(starts[1:], n_bins) - 1
    low_hz, high_hz = frequencies_hz[starts], frequencies_hz[ends]
    centres_hz = np.round(np.sqrt(low_hz * high_hz) if spacing == "log" else (low_hz + high_hz) / 2, 2)
    blocks = []
    for (model, method), matrix in mappings.items():
        gains = pd.DataFrame(
            np.round(band_gains_db(matrix, starts, n_bins), 1), columns=centres_hz.astype(str)
        )
        gains.insert(0, "output_hz", centres_hz)
        gains.insert(0, "method", method)
        gains.insert(0, "model", model)
        blocks.append(gains)
    return pd.concat(blocks, ignore_index=True)


@styled
def draw_mappings(table: pd.DataFrame, range_db: float, spacing: str, quantity: str) -> Figure:
    """Draw `mapping_table` as a grid, models down and methods across, with one colour scale for all.

    Methods beyond METHODS_PER_ROW go on below. The scale ends at what 0.1 % of the cells exceed in the median
    matrix, so that one wild method does not hide the others, and reaches `range_db` below; `quantity` names
    what the cells hold.
    """
    models, methods = ordered(table["model"]), ordered(table["method"])
    blocks = [methods[first : first + METHODS_PER_ROW] for first in range(0, len(methods), METHODS_PER_ROW)]
    n_rows, n_columns = len(blocks) * len(models), len(blocks[0])
    height = 0.8 + n_rows * (WIDTH - 1.4) / n_columns
    figure, axes = panels(n_rows, n_columns, height, sharex=True, sharey=True)
    peaks_db = [np.percentile(part.iloc[:, 3:], 99.9) for _, part in table.groupby(["model", "method"])]
    top_db = np.ceil(np.median(peaks_db))
    limits_db = top_db - range_db, top_db
    for (block, model), row in zip(itertools.product(blocks, models), axes, strict=True):
        row[0].set_ylabel(f"{label_of(model)}\noutput (Hz)", fontweight="bold")
        for ax, method in itertools.zip_longest(row, block):
            if method is None:
                ax.set_visible(False)
                continue
            part = table[(table["model"] == model) & (table["method"] == method)]
            image = _draw_matrix(ax, part, spacing, limits_db)
            if model == models[0]:
                ax.set_title(label_of(method))
            if model == models[-1]:
                ax.set_xlabel("input (Hz)")
                ax.tick_params(labelbottom=True)
    figure.colorbar(image, ax=axes, label=f"{quantity} (dB)", extend="both", aspect=60, pad=0.01)
    return figure


def _draw_matrix(ax: Axes, part: pd.DataFrame, spacing: str, limits_db: tuple[float, float]) -> QuadMesh:
    input_hz = part.columns[3:].astype(float)
    image = ax.pcolormesh(input_hz, part["output_hz"], part.iloc[:, 3:], cmap=heat_colours(), rasterized=True)
    image.set_clim(limits_db)
    ax.set_aspect("equal")
    ax.grid(False)
    if spacing == "log":
        ax.set(xscale="log", yscale="log")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(EngFormatter(sep=""))
    ax.tick_params(labelsize=8)
    return image
