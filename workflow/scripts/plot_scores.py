"""Draw the scores of all systems, and the differences between systems with their intervals."""

from singmap.files.storage import read_csv
from singmap.report.figures.scores import difference_table, draw_differences, draw_scores, score_table
from singmap.report.findings import meaningful_metrics
from singmap.report.style import save_figure

SCORES = ["system", "model", "seed", "track", "target", "metric", "value", "n_frames"]
STATISTICS = ["system_a", "system_b", "target", "metric", "median", "low", "high", "p_holm"]


def main(*, scores, statistics, figures, settings):
    """Draw R/tables/scores.csv and R/tables/statistics.csv."""
    read = read_csv(scores, SCORES)
    metrics = meaningful_metrics(read)
    table = score_table(read, metrics)
    save_figure(draw_scores(table), table, figures["scores"], settings["dots_per_inch"])
    differences = difference_table(read_csv(statistics, STATISTICS), metrics)
    figure = draw_differences(differences, settings["confidence"])
    save_figure(figure, differences, figures["differences"], settings["dots_per_inch"])


if "snakemake" in globals():
    from singmap.report.style import files_of_figures
    from singmap.runtime.logs import captured

    with captured(snakemake.log[0]):
        main(
            scores=snakemake.input.scores,
            statistics=snakemake.input.statistics,
            figures=files_of_figures(snakemake.output.items()),
            settings=snakemake.params.settings,
        )
