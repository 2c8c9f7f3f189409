"""Draw what the methods report of planted mappings and of controls."""

from pathlib import Path
from typing import Any

from singmap.files.tables import ControlFigure, Controls, Planted, PlantedFigure, read_table
from singmap.report.figures.structure import draw_measures
from singmap.report.figures.trust import control_table, draw_planted, planted_table
from singmap.report.style import files_of_figures, save_figure
from singmap.runtime.job import run


def main(*, planted: Path, controls: Path, outputs: dict[str, Path], settings: dict[str, Any]) -> None:
    """Draw R/tables/planted.csv and R/tables/controls.csv."""
    figures = files_of_figures(outputs)
    table = planted_table(read_table(planted, Planted))
    figure = draw_planted(table)
    save_figure(figure, table, PlantedFigure, figures["planted_truth"], settings["dots_per_inch"])
    table = control_table(read_table(controls, Controls))
    figure = draw_measures(table, "share", across="look", down="method", along="control")
    save_figure(figure, table, ControlFigure, figures["controls"], settings["dots_per_inch"])


if __name__ == "__main__":
    run(main)
