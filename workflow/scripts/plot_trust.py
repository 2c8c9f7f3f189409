"""Draw what the methods report of planted mappings and of controls."""

from singmap.files.storage import read_csv
from singmap.report.figures.structure import draw_measures
from singmap.report.figures.trust import control_table, draw_planted, planted_table
from singmap.report.style import save_figure

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
    from singmap.report.style import files_of_figures
    from singmap.runtime.logs import captured

    with captured(snakemake.log[0]):
        main(
            planted=snakemake.input.planted,
            controls=snakemake.input.controls,
            figures=files_of_figures(snakemake.output.items()),
            settings=snakemake.params.settings,
        )
