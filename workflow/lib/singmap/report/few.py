"""Which models a figure or a wide table shows where a study has many; files hold all."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from singmap.report.labels import ordered
from singmap.report.style import FAINT, N_COLOURS

REMARK_POINTS = 8


def draw_few(draw: Callable[..., Figure], table: pd.DataFrame, models_max: int, *arguments: Any) -> Figure:
    """Draw the rows of a table's first models; a line above the figure says so where others are left out.

    The order of `table`, which has a column model, is that of the configuration.
    """
    models = ordered(table["model"])
    figure = draw(table[table["model"].isin(models[:models_max])], *arguments)
    if len(models) > models_max:
        order = ", in the legend's order where a colour returns" * (models_max > N_COLOURS)
        remark(figure, f"the first {models_max} of {len(models)} models{order}; the CSV file holds all")
    return figure


def best_models(
    summary: pd.DataFrame, models: Sequence[str], models_max: int, reference: str | None = None
) -> list[str]:
    """The model that others are compared with, or the first, and the best others, at most `models_max`.

    `summary` is the table ScoreSummary; the median SDR of its first target ranks. Where all are shown they
    stay in their order, else the best comes first.
    """
    if len(models) <= models_max:
        return list(models)
    sdr = summary[(summary["metric"] == "SDR") & (summary["target"] == summary["target"].iloc[0])]
    medians = sdr.set_index("model")["median"].reindex(list(models))
    first = reference or models[0]
    best = medians.drop(first).sort_values(ascending=False, kind="stable").index
    return [first, *best[: models_max - 1]]


def few_of(n_shown: int, n_models: int) -> str:
    """What `best_models` has chosen, in words; nothing where it left none out."""
    if n_shown == n_models:
        return ""
    best = f"the {n_shown - 1} best others by SDR; the CSV file holds all"
    return f"of {n_models} models that which others are compared with and {best}"


def remark(figure: Figure, text: str) -> None:
    """Put a line above a figure."""
    if text:
        figure.suptitle(text, fontsize=REMARK_POINTS, color=FAINT)
