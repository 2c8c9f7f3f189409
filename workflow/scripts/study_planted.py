"""Examine networks whose mapping is known with every method."""

import torch
from threadpoolctl import threadpool_limits

from singmap.files.storage import write_csv
from singmap.mapping.method import settings_of
from singmap.mapping.planted import planted_sizes, study_planted


def main(*, planted, settings):
    """Write the table of how well each method recovers planted mappings, examined on the CPU."""
    on_cpu = {"precision": "float32"} if settings["precision"] == "tf32" else {}  # TF32 is a GPU's format
    sizes = planted_sizes(settings["planted_bins"], settings["n_bins"], settings["segment_frames"])
    write_csv(planted, study_planted(settings["methods"], sizes, settings_of(settings | on_cpu)))


if "snakemake" in globals():
    from singmap.runtime.logs import captured

    torch.set_num_threads(snakemake.threads)
    with captured(snakemake.log[0]), threadpool_limits(snakemake.threads):
        main(planted=snakemake.output.planted, settings=snakemake.params.settings)
