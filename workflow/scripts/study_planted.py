"""Examine networks whose mapping is known with every method."""

import torch
from threadpoolctl import threadpool_limits

from workflow.lib.mapping import settings_of
from workflow.lib.planted import study_planted
from workflow.lib.storage import write_csv


def main(*, planted, settings):
    """Write the table of how well each method recovers planted mappings."""
    table = study_planted(
        settings["methods"], settings["planted_bins"], settings["segment_frames"], settings_of(settings)
    )
    write_csv(planted, table)


if "snakemake" in globals():
    from workflow.lib.logs import captured

    torch.set_num_threads(snakemake.threads)
    with captured(snakemake.log[0]), threadpool_limits(snakemake.threads):
        main(planted=snakemake.output.planted, settings=snakemake.params.settings)
