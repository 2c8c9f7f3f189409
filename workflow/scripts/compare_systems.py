"""Summarise the scores with intervals and test which systems differ."""

from pathlib import Path
from typing import Any

from singmap.files.storage import read_csv, write_csv
from singmap.runtime.job import run
from singmap.scoring.statistics import compare_systems, level_table

SCORE_COLUMNS = [
    "model",
    "seed",
    "track_id",
    "target",
    "metric",
    "value",
    "n_frames",
    "n_nan",
    "n_inf",
    "flags",
]


def main(*, scores: Path, summary: Path, statistics: Path, settings: dict[str, Any]) -> None:
    """Write the medians of all models and baselines, and their paired differences."""
    table = read_csv(scores, SCORE_COLUMNS)
    resampling = settings["bootstrap_samples"], settings["confidence"], settings["seed"]
    write_csv(summary, level_table(table, *resampling))
    write_csv(statistics, compare_systems(table, settings["baselines"], *resampling))


if __name__ == "__main__":
    run(main)
