"""Summarise the scores with intervals and test which systems differ."""

from pathlib import Path
from typing import Any

from singmap.files.tables import Scores, ScoreSummary, Statistics, read_table, write_table
from singmap.runtime.job import run
from singmap.scoring.statistics import compare_systems, level_table


def main(*, scores: Path, summary: Path, statistics: Path, settings: dict[str, Any]) -> None:
    """Write the medians of all models and baselines, and their paired differences."""
    table = read_table(scores, Scores)
    resampling = settings["bootstrap_samples"], settings["confidence"], settings["seed"]
    write_table(summary, level_table(table, *resampling), ScoreSummary)
    compared = compare_systems(table, settings["baselines"], *resampling, settings["reference"])
    write_table(statistics, compared, Statistics)


if __name__ == "__main__":
    run(main)
