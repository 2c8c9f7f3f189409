"""Train one model with one seed; a killed job goes on from its last saved state."""

from pathlib import Path
from typing import Any

from singmap.runtime.job import run
from singmap.spectra.cache import SpectraCache
from singmap.training.run import TrainedFiles, run_training
from singmap.training.trainer import SAVE_INTERVAL_S


def main(
    *, train_index: Path, valid_index: Path, weights: Path, history: Path, provenance: Path,
    epochs: Path | None = None, model: str, design: dict[str, Any], seed: int, settings: dict[str, Any],
    device: str, gpu_slots: int, code: dict[str, str], unfinished: Path,
    save_interval_s: float = SAVE_INTERVAL_S,
) -> None:  # fmt: skip
    """Write weights, history and provenance of one network, and the weights of its kept epochs.

    train_index, valid_index : of the caches of spectra, in their folders
    design : the fields of a ModelDesign; model : its name
    settings : the configuration's section ``training``; code : the digests of the code
    unfinished : the folder that keeps the state of an unfinished run
    """
    caches = SpectraCache(train_index.parent), SpectraCache(valid_index.parent)
    named = {"model": model, "design": design, "seed": seed, "settings": settings}
    files = TrainedFiles(weights, history, provenance, epochs)
    run_training(caches, named, code, unfinished, files, device, gpu_slots, save_interval_s)


if __name__ == "__main__":
    run(main)
