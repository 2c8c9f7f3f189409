"""Draw what the methods find of all models, beside controls and planted truths, and how they settle."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.tables import (
    Controls,
    ConvergenceFigure,
    Curve,
    MeasureFigure,
    Planted,
    PlantedFigure,
    Structure,
    Table,
    read_table,
)
from singmap.report.few import draw_few
from singmap.report.figures.convergence import convergence_table, draw_convergence
from singmap.report.figures.structure import (
    beside_controls,
    draw_fidelity,
    draw_harmonics,
    draw_shares,
    fidelity_table,
    harmonic_table,
    share_table,
)
from singmap.report.figures.trust import draw_planted, planted_table
from singmap.report.style import N_COLOURS, files_of_figures, save_figure
from singmap.runtime.job import run


def main(
    *, structure: Path, controls: Path, planted: Path, curves: list[Path], outputs: dict[str, Path],
    settings: dict[str, Any],
) -> None:  # fmt: skip
    """Draw R/tables/structure.csv, controls.csv, planted.csv and the curves R/mappings/*/*/*_curve.csv."""
    figures, dots_per_inch = files_of_figures(outputs), settings["dots_per_inch"]
    measured = beside_controls(read_table(structure, Structure), read_table(controls, Controls))
    shares = share_table(measured, settings["lobe_bins"])
    harmonics, fidelity = harmonic_table(measured), fidelity_table(measured)
    truths, settling = planted_table(read_table(planted, Planted)), convergence_table(_read_curves(curves))
    models_max = settings["models_max"]
    settled = draw_few(draw_convergence, settling, min(models_max, N_COLOURS), settings["iterations"])
    drawn: dict[str, tuple[Any, pd.DataFrame, type[Table]]] = {
        "structure": (draw_few(draw_shares, shares, models_max), shares, MeasureFigure),
        "harmonics": (draw_few(draw_harmonics, harmonics, models_max), harmonics, MeasureFigure),
        "fidelity": (draw_few(draw_fidelity, fidelity, models_max), fidelity, MeasureFigure),
        "planted_truth": (draw_planted(truths), truths, PlantedFigure),
        "convergence": (settled, settling, ConvergenceFigure),
    }
    for name, (figure, shown, table) in drawn.items():
        save_figure(figure, shown, table, figures[name], dots_per_inch)


def _read_curves(paths: list[Path]) -> pd.DataFrame:
    """Curves of all runs, with model, seed and method from where each lies."""
    read = []
    for path in paths:
        model, seed = path.parts[-3], int(path.parts[-2].removeprefix("seed"))
        method = path.stem.removesuffix("_curve")
        read.append(read_table(path, Curve).assign(model=model, seed=seed, method=method))
    return pd.concat(read, ignore_index=True) if read else pd.DataFrame()


if __name__ == "__main__":
    run(main)
