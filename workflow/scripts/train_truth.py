"""Train a network of a model's design on a known function of the mixture: singmap.spectra.known_targets."""

from pathlib import Path
from typing import Any

from singmap.files.tables import Equaliser, read_table
from singmap.runtime.job import run
from singmap.spectra.known_targets import KnownTargetCache, known_matrix
from singmap.training.run import TrainedFiles, run_training


def main(
    *, train_index: Path, valid_index: Path, gains: Path, weights: Path, history: Path, provenance: Path,
    model: str, truth: str, design: dict[str, Any], seed: int, half_width: int, settings: dict[str, Any],
    device: str, gpu_slots: int, code: dict[str, str], unfinished: Path,
) -> None:  # fmt: skip
    """Write weights, history and provenance of one network, as train_model does for the model itself.

    gains : table Equaliser, from which the known function is made
    half_width : of the band, where the function has one
    """
    bins = read_table(gains, Equaliser)
    matrix = known_matrix(truth, bins["gain"].to_numpy(), bins["mixture_power"].to_numpy(), half_width)
    caches = KnownTargetCache(train_index.parent, matrix), KnownTargetCache(valid_index.parent, matrix)
    asked = {"model": model, "design": design, "seed": seed, "settings": settings}
    named = asked | {"truth": truth, "half_width": half_width}
    files = TrainedFiles(weights, history, provenance)
    run_training(caches, named, code, unfinished, files, device, gpu_slots)


if __name__ == "__main__":
    run(main)
