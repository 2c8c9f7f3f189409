"""Examine one trained model with one or more methods on all segments; a killed job resumes by segments."""

from pathlib import Path

import torch

from singmap.compute.device import choose_device
from singmap.files.storage import load_array, read_csv, remove_emptied
from singmap.mapping.method import settings_of, start_seed
from singmap.mapping.run import map_resumably
from singmap.mapping.segments import COLUMNS, optimised_frames
from singmap.mapping.store import MappingStore, run_digest
from singmap.mapping.subject import examine
from singmap.models.checkpoints import load_model


def main(
    *, weights, provenance, segments, mixture, mappings, curves, methods, model, seed, settings, device,
    gpu_slots, code, unfinished,
):  # fmt: skip
    """Write mapping and curve of each of `methods` for the trained model `weights`.

    `settings` is the configuration's section ``mapping`` as far as it matters here, `code` the digests of
    the code, `unfinished` the folder that keeps the finished segments of unfinished runs.
    """
    network = examine(load_model(weights, provenance))
    spectra = load_array(mixture)
    rows = list(read_csv(segments, COLUMNS).itertuples())
    frames = [optimised_frames(row, spectra) for row in rows]
    starts = [start_seed(seed, row.segment) for row in rows]
    options = settings_of(settings, str(choose_device(device, gpu_slots)))
    contents = [Path(weights).read_bytes(), *frames]
    for method, mapping, curve in zip(methods, mappings, curves, strict=True):
        digest = run_digest({"settings": settings, "code": code, "method": method}, contents)
        store = MappingStore(mapping, curve, Path(unfinished) / method, digest)
        map_resumably(method, network, frames, options, starts, store, f"map {model} seed {seed} {method}")
    remove_emptied(Path(unfinished), Path(unfinished).parent)


if "snakemake" in globals():
    from singmap.runtime.logs import captured

    torch.set_num_threads(snakemake.threads)
    with captured(snakemake.log[0]):
        main(
            weights=snakemake.input.weights,
            provenance=snakemake.input.provenance,
            segments=snakemake.input.segments,
            mixture=snakemake.input.mixture,
            mappings=snakemake.output.mappings,
            curves=snakemake.output.curves,
            methods=snakemake.params.methods,
            model=snakemake.wildcards.model,
            seed=int(snakemake.wildcards.seed),
            settings=snakemake.params.settings,
            device=snakemake.params.device,
            gpu_slots=snakemake.resources.gpu,
            code=snakemake.params.code,
            unfinished=snakemake.params.unfinished,
        )
