"""Draw structure and fidelity of the mapping matrices, by model and method."""

from pathlib import Path
from typing import Any

from singmap.files.tables import MeasureFigure, Structure, read_table
from singmap.report.figures.structure import (
    draw_measures,
    fidelity_table,
    harmonic_table,
    share_table,
)
from singmap.report.style import files_of_figures, save_figure
from singmap.runtime.job import run

LARGEST_SHOWN_ERROR = 1.5  # 1 is as bad as silence; all-ones couplings reach thousands


def main(*, structure: Path, outputs: dict[str, Path], settings: dict[str, Any]) -> None:
    """Draw the tidy table R/tables/structure.csv as three figures: shares, harmonics, fidelity."""
    figures = files_of_figures(outputs)
    measured = read_table(structure, Structure)
    errors = {"down": "frames", "reference": 1.0, "top": LARGEST_SHOWN_ERROR}
    for name, table, quantity, options in (
        ("structure", share_table(measured), "share of squared weight", {}),
        ("harmonics", harmonic_table(measured), "energy on the line / (line + around)", {"reference": 0.5}),
        ("fidelity", fidelity_table(measured), "relative error", errors),
    ):
        figure = draw_measures(table, quantity, **options)
        save_figure(figure, table, MeasureFigure, figures[name], settings["dots_per_inch"])


if __name__ == "__main__":
    run(main)
