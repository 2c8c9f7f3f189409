"""Draw loss, fidelity and structure of the optimised mappings against iterations."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.tables import ConvergenceFigure, Curve, read_table
from singmap.report.figures.convergence import convergence_table, draw_convergence
from singmap.report.style import files_of_figures, save_figure
from singmap.runtime.job import run


def main(*, curves: list[Path], outputs: dict[str, Path], settings: dict[str, Any]) -> None:
    """Draw the curves R/mappings/<model>/seed<seed>/<method>_curve.csv."""
    figures = files_of_figures(outputs)
    read = []
    for path in curves:
        model, seed = path.parts[-3], int(path.parts[-2].removeprefix("seed"))
        method = path.stem.removesuffix("_curve")
        read.append(read_table(path, Curve).assign(model=model, seed=seed, method=method))
    table = convergence_table(pd.concat(read, ignore_index=True) if read else pd.DataFrame())
    figure = draw_convergence(table, settings["iterations"])
    save_figure(figure, table, ConvergenceFigure, figures["convergence"], settings["dots_per_inch"])


if __name__ == "__main__":
    run(main)
