"""Draw structure and fidelity of the mapping matrices, by model and method."""

from singmap.files.storage import read_csv
from singmap.report.figures.structure import (
    COLUMNS,
    draw_measures,
    fidelity_table,
    harmonic_table,
    share_table,
)
from singmap.report.style import save_figure

LARGEST_SHOWN_ERROR = 1.5  # 1 is as bad as silence; all-ones couplings reach thousands


def main(*, structure, figures, settings):
    """Draw the tidy table R/tables/structure.csv as three figures: shares, harmonics, fidelity."""
    measured = read_csv(structure, COLUMNS)
    errors = {"down": "frames", "reference": 1.0, "top": LARGEST_SHOWN_ERROR}
    for name, table, quantity, options in (
        ("structure", share_table(measured), "share of squared weight", {}),
        ("harmonics", harmonic_table(measured), "energy on the line / (line + around)", {"reference": 0.5}),
        ("fidelity", fidelity_table(measured), "relative error", errors),
    ):
        figure = draw_measures(table, quantity, **options)
        save_figure(figure, table, figures[name], settings["dots_per_inch"])


if "snakemake" in globals():
    from singmap.report.style import files_of_figures
    from singmap.runtime.logs import captured

    with captured(snakemake.log[0]):
        main(
            structure=snakemake.input.structure,
            figures=files_of_figures(snakemake.output.items()),
            settings=snakemake.params.settings,
        )
