"""Examine controls of one trained model: see singmap.mapping.controls."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.compute.device import choose_device
from singmap.files.tables import ModelControls, Segments, read_table, rows_of, write_table
from singmap.mapping.controls import examine_controls, scalar_model, shuffled_bins
from singmap.mapping.method import start_seed
from singmap.mapping.segments import fitted_frames, unseen_frames
from singmap.mapping.settings import settings_of
from singmap.mapping.subject import examine
from singmap.models.building import new_model
from singmap.models.checkpoints import load_model
from singmap.models.truths import load_truths
from singmap.runtime.job import run
from singmap.runtime.progress import Progress
from singmap.spectra.cache import Magnitudes


def main(
    *, weights: Path, provenance: Path, truth_weights: list[Path], truth_provenance: list[Path],
    segments: Path, mixture: Path, controls: Path, model: str, seed: int, methods: list[str],
    settings: dict[str, Any], band_bins: list[int], segments_max: int | None, device: str, gpu_slots: int,
) -> None:  # fmt: skip
    """Write the measures of all controls on the first segments, by every one of `methods`.

    truth_weights, truth_provenance : of networks of the same design and seed trained on known functions
    segments_max : None for all segments
    """
    network = load_model(weights, provenance)
    trained, untrained = examine(network), examine(new_model(network.design, network.n_bins, seed))
    truths = load_truths(truth_weights, truth_provenance)
    options = settings_of(settings, str(choose_device(device, gpu_slots)))
    spectra = Magnitudes(mixture)
    rows = rows_of(read_table(segments, Segments))[:segments_max]
    tables = []
    for row in Progress(f"controls of {model} seed {seed}", len(rows), "segments").over(rows):
        fitted, unseen = fitted_frames(row, spectra), unseen_frames(row, spectra)
        cases = {
            "scalar": (scalar_model(trained, fitted, unseen, seed), fitted, unseen),
            "untrained": (untrained, fitted, unseen),
            "shuffled": (trained, shuffled_bins(fitted, seed), shuffled_bins(unseen, seed)),
        } | {name: (examine(truth), fitted, unseen) for (name, _), truth in truths.items()}
        table = examine_controls(cases, methods, options, start_seed(seed, row.segment), band_bins)
        tables.append(table.assign(model=model, seed=seed, segment=row.segment, track=row.track))
    write_table(controls, pd.concat(tables, ignore_index=True), ModelControls)


if __name__ == "__main__":
    run(main)
