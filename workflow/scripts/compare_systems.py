"""Summarise the scores with intervals and test which systems differ."""

from singmap.files.storage import read_csv, write_csv
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


def main(*, scores, summary, statistics, settings):
    """Write the medians of all models and baselines, and their paired differences."""
    table = read_csv(scores, SCORE_COLUMNS)
    resampling = settings["bootstrap_samples"], settings["confidence"], settings["seed"]
    write_csv(summary, level_table(table, *resampling))
    write_csv(statistics, compare_systems(table, settings["baselines"], *resampling))


if "snakemake" in globals():
    from singmap.runtime.logs import captured

    with captured(snakemake.log[0]):
        main(
            scores=snakemake.input.scores,
            summary=snakemake.output.summary,
            statistics=snakemake.output.statistics,
            settings=snakemake.params.settings,
        )
