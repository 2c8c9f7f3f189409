"""Training on a known function: the network learns the function, whatever the target on disk is."""

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import torch

from singmap.files.tables import Equaliser, columns
from singmap.models.checkpoints import load_model
from singmap.models.designs import design_of
from tests.helpers.trained_models import N_BINS, write_spectra
from tests.helpers.training_data import SETTINGS
from workflow.scripts import train_truth


def test_the_network_learns_the_known_function_and_not_the_target(tmp_path):
    write_spectra(tmp_path)
    gains = np.linspace(0.9, 0.3, N_BINS)  # the target on disk has rising shares
    table = dict(
        zip(columns(Equaliser), (range(N_BINS), np.zeros(N_BINS), gains, np.ones(N_BINS)), strict=True)
    )
    pd.DataFrame(table).to_csv(tmp_path / "gains.csv", index=False)
    folder = tmp_path / "truths" / "equaliser" / "sf" / "seed3"
    train_truth.main(
        train_index=tmp_path / "spectra/train/index.csv",
        valid_index=tmp_path / "spectra/valid/index.csv",
        gains=tmp_path / "gains.csv",
        weights=folder / "weights.safetensors",
        history=folder / "history.csv",
        provenance=folder / "provenance.json",
        model="sf",
        truth="equaliser",
        design=asdict(design_of("sf")),
        seed=3,
        half_width=2,
        settings=SETTINGS | {"epochs_max": 30, "precision": "float32", "kept_epochs": []},
        device="cpu",
        gpu_slots=0,
        code={},
        unfinished=tmp_path / "unfinished",
    )
    told = json.loads((folder / "provenance.json").read_text())
    assert (told["truth"], told["half_width"], told["model"]) == ("equaliser", 2, "sf")
    frames = torch.from_numpy(np.load(tmp_path / "spectra/valid/mixture.npy"))
    with torch.inference_mode():
        output = load_model(folder / "weights.safetensors", folder / "provenance.json")(frames).numpy()
    expected = frames.numpy() * gains
    error = np.square(output - expected).sum() / np.square(expected).sum()
    assert error < 0.2
    on_disk = np.load(tmp_path / "spectra/valid/target.npy")
    assert np.square(output - on_disk).sum() / np.square(on_disk).sum() > 2 * error
