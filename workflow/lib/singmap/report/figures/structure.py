"""Structure and fidelity of the mapping matrices, by method and model, beside controls."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from singmap.files.tables import MeasureFigure, columns
from singmap.report.labels import label_of, ordered
from singmap.report.style import BAND, INK, colours_of, key, model_marks, note, panels, styled

TRAINED = "trained"
# Marker of each control, all hollow. Nothing of the first two, scalar filters, lies beside the diagonal.
CONTROLS = {"scalar": "D", "equaliser": "s", "untrained": "^", "shuffled": "v"}
CONTROL_NAMES = {
    "scalar": "control: scalar filter",
    "equaliser": "control: trained equaliser",
    "untrained": "control: untrained",
    "shuffled": "control: shuffled bins",
}
NULLS = list(CONTROLS)  # in none of them harmonics were learnt
FIDELITY = {"relative_l2": "full matrix", "diagonal_relative_l2": "its diagonal alone"}
LARGEST_SHOWN_ERROR = 1.5  # 1 is as bad as silence; all-ones couplings reach thousands
GROUP = 0.84  # of the distance between two methods, for the models one above the other
MODEL_INCHES, PANEL_INCHES, LEGEND_INCHES = 0.11, 0.6, 0.7
HARMONIC_CHANCE = 0.5  # no preference for the line


def beside_controls(structure: pd.DataFrame, controls: pd.DataFrame) -> pd.DataFrame:
    """Rows of the tables Structure, as control `trained`, and Controls, but for what stands in both."""
    others = controls[controls["control"].isin(CONTROLS)]
    return pd.concat([structure.assign(control=TRAINED), others], ignore_index=True)


def share_table(measured: pd.DataFrame, lobe_bins: int) -> pd.DataFrame:
    """Squared weight on the diagonal and within the main lobe, of what `beside_controls` returns."""
    return _of(measured, ["diagonal_share", f"band_share_{lobe_bins}"])


def harmonic_table(measured: pd.DataFrame) -> pd.DataFrame:
    """Energy at harmonic offsets, input-weighted: raw weights count bins that no input reaches."""
    weighted = measured[measured["weighting"] == "input_weighted"]
    return _of(weighted, ["harmonic_2f", "harmonic_3f", "harmonic_half_f"])


def fidelity_table(measured: pd.DataFrame) -> pd.DataFrame:
    """Relative L2 errors against the model's output, full matrix and diagonal alone, of trained models."""
    return _of(measured[measured["control"] == TRAINED], list(FIDELITY))


def _of(measured: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
    parts = [measured[measured["measure"] == measure] for measure in measures]
    return pd.concat(parts, ignore_index=True).dropna(subset="value")[columns(MeasureFigure)]


@styled
def draw_shares(table: pd.DataFrame) -> Figure:
    """Draw `share_table`: a column of panels per measure, a row per weighting; controls as hollow marks."""
    figure, axes, looks = _opened(table, "weighting")
    for ax, part in zip(axes, looks, strict=True):
        for control, marker in CONTROLS.items():
            _draw_points(ax, part[part["control"] == control], table, marker, hollow=True)
        _draw_trained(ax, part, table)
        ax.set_xlim(-0.03, 1.03)
        ax.set_title(f"{label_of(part['measure'].iloc[0])},\n{label_of(part['weighting'].iloc[0])}")
        ax.set_xlabel("share of squared weight")
    found = [name for name in CONTROLS if (table["control"] == name).any()]
    marks: dict[str, Artist] = {CONTROL_NAMES[name]: _mark(CONTROLS[name], hollow=True) for name in found}
    key(figure, model_marks(ordered(table["model"])) | {"median": _bar()} | marks)
    return figure


@styled
def draw_harmonics(table: pd.DataFrame) -> Figure:
    """Draw `harmonic_table`: a panel per measure, shaded over the range of controls, which learnt none."""
    figure, axes, looks = _opened(table, None)
    for ax, part in zip(axes, looks, strict=True):
        null = part.loc[part["control"].isin(NULLS), "value"]
        if len(null):
            ax.axvspan(null.min(), null.max(), color=BAND, zorder=0)
        ax.axvline(HARMONIC_CHANCE, color=INK, linestyle="--", linewidth=0.9, zorder=1)
        _draw_trained(ax, part, table)
        ax.set_xlim(-0.03, 1.03)
        ax.set_title(label_of(part["measure"].iloc[0]).replace(" to ", "\nto "))
        ax.set_xlabel("line / (line + around)")
    marks: dict[str, Artist] = {
        "median": _bar(),
        "no preference": Line2D([], [], color=INK, linestyle="--", linewidth=0.9),
        "range of the controls": Patch(color=BAND),
    }
    key(figure, model_marks(ordered(table["model"])) | marks)
    return figure


@styled
def draw_fidelity(table: pd.DataFrame) -> Figure:
    """Draw `fidelity_table`: a panel per kind of frames; what lies beyond the axis is written at its edge."""
    if table.empty:
        return note("No matrix was measured against its model.")
    figure, axes, looks = _opened(table, None, across="frames")
    for ax, part in zip(axes, looks, strict=True):
        full, diagonal = (part[part["measure"] == name] for name in FIDELITY)
        ax.axvline(1.0, color=INK, linestyle="--", linewidth=0.9, zorder=1)
        _draw_points(ax, diagonal, table, "D", hollow=True)
        _draw_trained(ax, full, table)
        _write_beyond(ax, full, table)
        ax.set_xlim(0, LARGEST_SHOWN_ERROR)
        ax.set_title(label_of(part["frames"].iloc[0]))
        ax.set_xlabel("relative L2 error")
    marks: dict[str, Artist] = {
        "median": _bar(),
        "the matrix's diagonal alone": _mark("D", hollow=True),
        "as bad as silence": Line2D([], [], color=INK, linestyle="--", linewidth=0.9),
    }
    key(figure, model_marks(ordered(table["model"])) | marks)
    return figure


def _opened(
    table: pd.DataFrame, down: str | None, across: str = "measure"
) -> tuple[Figure, list[Axes], list[pd.DataFrame]]:
    """A figure with a panel for every value of the columns `across` and `down`, and the panels' rows."""
    methods, models = ordered(table["method"]), ordered(table["model"])
    n_columns, rows = table[across].nunique(), ordered(table[down]) if down else [None]
    side = PANEL_INCHES + max(0.2, MODEL_INCHES * len(models)) * len(methods)
    figure, axes = panels(len(rows), n_columns, len(rows) * side + LEGEND_INCHES, sharey=True)
    opened: list[Axes] = axes.ravel().tolist()
    for ax in opened:
        ax.set_yticks(range(len(methods)), [label_of(name) for name in methods])
        ax.set_ylim(len(methods) - 0.5, -0.5)
        ax.grid(visible=False, axis="y")
        for place in range(1, len(methods)):
            ax.axhline(place - 0.5, color=BAND, linewidth=0.8, zorder=0)
    looks = [
        table[(table[across] == name) & ((table[down] == row) if down else True)]
        for row in rows
        for name in ordered(table[across])
    ]
    return figure, opened, looks


def _places(rows: pd.DataFrame, table: pd.DataFrame) -> Iterator[tuple[str, str, float, pd.Series]]:
    """Colour, method and height of each model's line in each method's row, and the values to draw there."""
    methods, models = ordered(table["method"]), ordered(table["model"])
    step = GROUP / len(models)
    for index, (model, colour) in enumerate(colours_of(models).items()):
        for place, method in enumerate(methods):
            chosen = rows[(rows["model"] == model) & (rows["method"] == method)]["value"].dropna()
            if len(chosen):
                yield colour, method, place + step * (index - (len(models) - 1) / 2), chosen


def _draw_points(ax: Axes, rows: pd.DataFrame, table: pd.DataFrame, marker: str, hollow: bool) -> None:
    for colour, _, height, values in _places(rows, table):
        look: dict[str, Any] = {
            "color": colour,
            "markerfacecolor": "none" if hollow else colour,
            "markersize": 3.5,
        }
        ax.plot(values, [height] * len(values), marker, alpha=0.7, **look)


def _draw_trained(ax: Axes, rows: pd.DataFrame, table: pd.DataFrame) -> None:
    trained = rows[rows["control"] == TRAINED]
    _draw_points(ax, trained, table, "o", hollow=False)
    half = 0.45 * GROUP / table["model"].nunique()
    for colour, _, height, values in _places(trained, table):
        ax.vlines(values.median(), height - half, height + half, color=colour, linewidth=2.2)


def _write_beyond(ax: Axes, rows: pd.DataFrame, table: pd.DataFrame) -> None:
    """Write medians beyond the axis at its edge, each in its model's own line."""
    for colour, _, height, values in _places(rows, table):
        if values.median() > LARGEST_SHOWN_ERROR:
            told = f"{values.median():.2g} →"
            edge = 0.99 * LARGEST_SHOWN_ERROR
            ax.text(edge, height, told, color=colour, ha="right", va="center", fontsize=7)


def _mark(marker: str, hollow: bool) -> Line2D:
    face = "none" if hollow else INK
    return Line2D([], [], ls="", marker=marker, color=INK, markerfacecolor=face, markersize=4)


def _bar() -> Line2D:
    return Line2D([], [], ls="", marker="|", color=INK, markersize=8, mew=2.2)
