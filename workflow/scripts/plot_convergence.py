"""Draw loss, fidelity and structure of the optimised mappings against iterations."""

from pathlib import Path

import pandas as pd

from singmap.files.storage import read_csv
from singmap.report.figures.convergence import convergence_table, draw_convergence
from singmap.report.style import save_figure

COLUMNS = ["segment", "iteration", "loss", "relative_l1"]


def main(*, curves, figures, settings):
    """Draw the curves R/mappings/<model>/seed<seed>/<method>_curve.csv."""
    read = []
    for path in map(Path, curves):
        model, seed = path.parts[-3], int(path.parts[-2].removeprefix("seed"))
        method = path.stem.removesuffix("_curve")
        read.append(read_csv(path, COLUMNS).assign(model=model, seed=seed, method=method))
    table = convergence_table(pd.concat(read, ignore_index=True) if read else pd.DataFrame())
    figure = draw_convergence(table, settings["iterations"])
    save_figure(figure, table, figures["convergence"], settings["dots_per_inch"])


if "snakemake" in globals():
    from singmap.report.style import files_of_figures
    from singmap.runtime.logs import captured

    with captured(snakemake.log[0]):
        main(
            curves=snakemake.input.curves,
            figures=files_of_figures(snakemake.output.items()),
            settings=snakemake.params.settings,
        )
