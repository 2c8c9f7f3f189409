"""Examine controls of one trained model: its best diagonal, untrained weights, and shuffled frequencies."""

import torch
from threadpoolctl import threadpool_limits

from singmap.compute.device import choose_device
from singmap.files.storage import load_array, read_csv, write_csv
from singmap.mapping.controls import examine_controls, scalar_model, shuffled_bins
from singmap.mapping.method import settings_of, start_seed
from singmap.mapping.segments import COLUMNS, optimised_frames, other_frames
from singmap.mapping.subject import examine
from singmap.models.checkpoints import load_model
from singmap.models.network import build_model


def main(
    *, weights, provenance, segments, mixture, controls, model, seed, methods, settings, band_bins, device,
    gpu_slots,
):  # fmt: skip
    """Write the measures of all controls on the first segment, by every one of `methods`."""
    trained = examine(load_model(weights, provenance))
    spectra = load_array(mixture)
    row = next(read_csv(segments, COLUMNS).itertuples())
    frames, others = optimised_frames(row, spectra), other_frames(row, spectra)
    cases = {
        "scalar": (scalar_model(trained, frames, others, seed), frames, others),
        "untrained": (examine(build_model(model, spectra.shape[1], seed)), frames, others),
        "shuffled": (trained, shuffled_bins(frames, seed), shuffled_bins(others, seed)),
    }
    options = settings_of(settings, str(choose_device(device, gpu_slots)))
    table = examine_controls(cases, methods, options, start_seed(seed, row.segment), band_bins)
    keys = {"model": model, "seed": seed, "segment": row.segment, "track": row.track}
    write_csv(controls, table.assign(**keys))


if "snakemake" in globals():
    from singmap.runtime.logs import captured

    torch.set_num_threads(snakemake.threads)
    with captured(snakemake.log[0]), threadpool_limits(snakemake.threads):
        main(
            weights=snakemake.input.weights,
            provenance=snakemake.input.provenance,
            segments=snakemake.input.segments,
            mixture=snakemake.input.mixture,
            controls=snakemake.output.controls,
            model=snakemake.wildcards.model,
            seed=int(snakemake.wildcards.seed),
            methods=snakemake.params.methods,
            settings=snakemake.params.settings,
            band_bins=snakemake.params.band_bins,
            device=snakemake.params.device,
            gpu_slots=snakemake.resources.gpu,
        )
