"""A model trained by the script of its rule, on a small cache of spectra."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from singmap.models.designs import design_of
from tests.helpers.training_data import SETTINGS, write_cache
from workflow.scripts import train_model

N_BINS = 24


def write_spectra(results: Path) -> None:
    """Write spectra to train and to validate on."""
    write_cache(results / "spectra" / "train", 200, N_BINS, seed=1)
    write_cache(results / "spectra" / "valid", 100, N_BINS, seed=2)


def train(
    results: Path, model: str = "sf", seed: int = 3, device: str = "auto", kept_epochs: Sequence[int] = ()
) -> Path:
    """Train one model; returns the folder of its files."""
    folder = results / "models" / model / f"seed{seed}"
    train_model.main(
        train_index=results / "spectra" / "train/index.csv",
        valid_index=results / "spectra" / "valid/index.csv",
        model=model,
        design=asdict(design_of(model)),
        seed=seed,
        settings=SETTINGS | {"precision": "float32", "kept_epochs": list(kept_epochs)},
        device=device,
        gpu_slots=0,
        code={"singmap.models.network": "0123"},
        unfinished=results / "models" / "unfinished" / f"{model}_seed{seed}",
        weights=folder / "weights.safetensors",
        history=folder / "history.csv",
        provenance=folder / "provenance.json",
        epochs=folder / "epochs.safetensors" if kept_epochs else None,
    )
    return folder
