"""Draw the scores of all systems, and the differences between systems with their intervals."""

from pathlib import Path
from typing import Any

from singmap.files.tables import DifferenceFigure, ScoreFigure, Scores, ScoreSummary, Statistics, read_table
from singmap.report.few import best_models, few_of, remark
from singmap.report.figures.scores import difference_table, draw_differences, draw_scores, score_table
from singmap.report.findings import meaningful_metrics
from singmap.report.style import files_of_figures, save_figure
from singmap.runtime.job import run


def main(
    *, scores: Path, summary: Path, statistics: Path, outputs: dict[str, Path], settings: dict[str, Any]
) -> None:
    """Draw R/tables/scores.csv with score_summary.csv, and statistics.csv."""
    figures = files_of_figures(outputs)
    read = read_table(scores, Scores)
    metrics = meaningful_metrics(read)
    levels, models = read_table(summary, ScoreSummary), settings["models"]
    shown = best_models(levels, models, settings["models_max"], settings["reference"])
    left_out = set(models) - set(shown)
    table = score_table(read, levels, metrics)
    figure = draw_scores(table[~table["group"].isin(left_out)], shown)
    remark(figure, few_of(len(shown), len(models)))
    save_figure(figure, table, ScoreFigure, figures["scores"], settings["dots_per_inch"])
    differences = difference_table(read, read_table(statistics, Statistics))
    drawn = differences[~differences["system_a"].isin(left_out) & ~differences["system_b"].isin(left_out)]
    figure = draw_differences(drawn, settings["confidence"])
    remark(figure, few_of(len(shown), len(models)))
    save_figure(figure, differences, DifferenceFigure, figures["differences"], settings["dots_per_inch"])


if __name__ == "__main__":
    run(main)
