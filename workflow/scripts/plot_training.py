"""Draw the loss curves of all models and seeds."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.tables import History, LossFigure, columns, read_table
from singmap.report.few import draw_few
from singmap.report.figures.training import draw_loss_curves
from singmap.report.style import files_of_figures, save_figure
from singmap.runtime.job import run


def main(*, histories: list[Path], outputs: dict[str, Path], settings: dict[str, Any]) -> None:
    """Draw loss against epoch from the histories R/models/<model>/seed<seed>/history.csv."""
    figures = files_of_figures(outputs)
    curves = [pd.DataFrame(columns=columns(LossFigure))]
    for path in histories:
        history = read_table(path, History)
        history.insert(0, "seed", int(path.parent.name.removeprefix("seed")))
        history.insert(0, "model", path.parent.parent.name)
        curves.append(history[columns(LossFigure)])
    table = pd.concat(curves[1:] or curves, ignore_index=True)
    figure = draw_few(draw_loss_curves, table, settings["models_max"], settings["loss"])
    save_figure(figure, table, LossFigure, figures["loss_curves"], settings["dots_per_inch"])


if __name__ == "__main__":
    run(main)
