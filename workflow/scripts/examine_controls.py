"""Examine controls of one trained model: its best diagonal, untrained weights, and shuffled frequencies."""

from pathlib import Path
from typing import Any

from singmap.compute.device import choose_device
from singmap.files.tables import ModelControls, Segments, read_table, rows_of, write_table
from singmap.mapping.controls import examine_controls, scalar_model, shuffled_bins
from singmap.mapping.method import start_seed
from singmap.mapping.segments import fitted_frames, unseen_frames
from singmap.mapping.settings import settings_of
from singmap.mapping.subject import examine
from singmap.models.checkpoints import load_model
from singmap.models.network import build_model
from singmap.runtime.job import run
from singmap.spectra.cache import Magnitudes


def main(
    *, weights: Path, provenance: Path, segments: Path, mixture: Path, controls: Path, model: str, seed: int,
    methods: list[str], settings: dict[str, Any], band_bins: list[int], device: str, gpu_slots: int,
) -> None:  # fmt: skip
    """Write the measures of all controls on the first segment, by every one of `methods`."""
    network = load_model(weights, provenance)
    trained = examine(network)
    spectra = Magnitudes(mixture)
    row = rows_of(read_table(segments, Segments))[0]
    fitted, unseen = fitted_frames(row, spectra), unseen_frames(row, spectra)
    cases = {
        "scalar": (scalar_model(trained, fitted, unseen, seed), fitted, unseen),
        "untrained": (examine(build_model(network.design, network.n_bins, seed)), fitted, unseen),
        "shuffled": (trained, shuffled_bins(fitted, seed), shuffled_bins(unseen, seed)),
    }
    options = settings_of(settings, str(choose_device(device, gpu_slots)))
    table = examine_controls(cases, methods, options, start_seed(seed, row.segment), band_bins)
    keys = {"model": model, "seed": seed, "segment": row.segment, "track": row.track}
    write_table(controls, table.assign(**keys), ModelControls)


if __name__ == "__main__":
    run(main)
