"""Train models with one setting changed at a time and print what each reached, as a Markdown table.

    PYTHONPATH=workflow/lib:. python tools/search_training.py SPECTRA [--models sf dae] [--epochs 8]

Every row is one `train_model` on the spectra of a study (folders train and valid), with the settings of
config/musdb18-7s.yaml but one. The error is that of the validation tracks, 1.0 for silence.
"""

import argparse
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from singmap.configuration import merged, read_yaml
from singmap.models.designs import design_of
from singmap.models.provenance import read_provenance
from workflow.scripts import train_model

ROOT = Path(__file__).resolve().parents[1]
VARIANTS: dict[str, dict[str, Any]] = {
    "as chosen": {},
    "learning rate 3e-5": {"learning_rate": 3.0e-5},
    "learning rate 3e-4": {"learning_rate": 3.0e-4},
    "3e-4, cosine": {"learning_rate": 3.0e-4, "schedule": "cosine"},
    "batch 32": {"batch_frames": 32},
    "batch 512": {"batch_frames": 512},
    "gradient norm at most 0.01": {"gradient_clip_norm": 0.01},
    "L1 loss": {"loss": "l1"},
    "KL loss": {"loss": "kl"},
}
FLAGS = ("tensorboard", "threads")  # of the configuration's section, not of a training


def chosen_settings() -> dict:
    """Section ``training`` of the preview's configuration over the defaults."""
    paths = ROOT / "config" / "config.yaml", ROOT / "config" / "musdb18-7s.yaml"
    training = merged(*(read_yaml(path) for path in paths))["training"]
    return {key: value for key, value in training.items() if key not in FLAGS}


def outcome(spectra: Path, model: str, seed: int, settings: dict) -> dict:
    """Train once; returns the record that lies beside the weights, with the seconds that it took."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        train_model.main(
            train_index=spectra / "train/index.csv",
            valid_index=spectra / "valid/index.csv",
            model=model,
            design=asdict(design_of(model)),
            seed=seed,
            settings=settings,
            device="cpu",
            gpu_slots=0,
            code={},
            unfinished=Path(folder, "states"),
            weights=Path(folder, "weights.safetensors"),
            history=Path(folder, "history.csv"),
            provenance=Path(folder, "provenance.json"),
        )
        record = read_provenance(Path(folder, "provenance.json"))
        record["first_error"] = pd.read_csv(Path(folder, "history.csv"))["relative_error"][0]
    return record | {"seconds": time.perf_counter() - started}


def main() -> None:
    """Train all variants and print the table row by row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("spectra", type=Path, help="folder <results>/spectra")
    parser.add_argument("--models", nargs="+", default=["sf", "dae"])
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=VARIANTS)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print("| model | changed | epochs (best) | error after one epoch | relative error | s |")
    print("|---|---|---|---|---|---|")
    for model in options.models:
        for name in options.variants:
            settings = {**chosen_settings(), "epochs_max": options.epochs, **VARIANTS[name]}
            found = outcome(options.spectra, model, options.seed, settings)
            epochs = f"{found['epochs']} ({found['best_epoch']})"
            errors = f"{found['first_error']:.3f} | {found['relative_error']:.4f}"
            print(f"| {model} | {name} | {epochs} | {errors} | {found['seconds']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
