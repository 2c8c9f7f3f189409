"""Draw what the methods report of planted mappings and of controls."""

from workflow.lib.figure_style import save_figure
from workflow.lib.figures_structure import draw_measures
from workflow.lib.figures_trust import control_table, draw_planted, planted_table
from workflow.lib.storage import read_csv

PLANTED = [
    "truth", "build", "n_bins", "n_frames", "method", "similarity", "diagonal_share", "true_diagonal_share",
]  # fmt: skip
CONTROLS = ["control", "model", "seed", "method", "measure", "weighting", "value"]


def main(*, planted, controls, figures, settings):
    """Draw R/tables/planted.csv and R/tables/controls.csv."""
    table = planted_table(read_csv(planted, PLANTED))
    save_figure(draw_planted(table), table, figures["planted_truth"], settings["dots_per_inch"])
    table = control_table(read_csv(controls, CONTROLS))
    figure = draw_measures(table, "share", across="look", down="method", along="control")
    save_figure(figure, table, figures["controls"], settings["dots_per_inch"])


if "snakemake" in globals():
    from workflow.lib.figure_style import files_of_figures
    from workflow.lib.logs import captured

    with captured(snakemake.log[0]):
        main(
            planted=snakemake.input.planted,
            controls=snakemake.input.controls,
            figures=files_of_figures(snakemake.output.items()),
            settings=snakemake.params.settings,
        )
