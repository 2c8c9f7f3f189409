"""The table of trained models: one row each, in their order."""

import json

import pandas as pd
import pytest

from singmap.runtime.errors import InputError
from workflow.scripts import tabulate_training

RECORD = {"epochs": 7, "best_epoch": 5, "valid_loss": 0.25, "relative_error": 0.5, "precision": "float32"}


def provenance(folder, model, seed, **changes):
    """Write what is recorded of a trained model, with changes; returns its path."""
    place = folder / model / f"seed{seed}" / "provenance.json"
    place.parent.mkdir(parents=True)
    own = {"model": model, "seed": seed, "device": "cpu", "n_bins": 3, "design": {}, "weights_sha256": ""}
    place.write_text(json.dumps(RECORD | own | {"settings": {"loss": "mse"}} | changes))
    return place


def test_there_is_a_row_for_every_model_and_seed(tmp_path):
    models = [("sf", 10), ("dae", 0), ("sf", 3)]
    paths = [provenance(tmp_path, model, seed, epochs=seed + 1) for model, seed in models]
    tabulate_training.main(provenance=paths, table=tmp_path / "training.csv")
    table = pd.read_csv(tmp_path / "training.csv")
    assert table[["model", "seed", "epochs"]].to_numpy().tolist() == [
        ["dae", 0, 1],
        ["sf", 3, 4],
        ["sf", 10, 11],
    ]
    assert set(RECORD) < set(table)
    assert "settings" not in table


def test_a_damaged_record_is_named(tmp_path):
    path = provenance(tmp_path, "sf", 0)
    path.write_text("{")
    with pytest.raises(InputError, match=r"provenance\.json"):
        tabulate_training.main(provenance=[path], table=tmp_path / "training.csv")
    assert not (tmp_path / "training.csv").exists()
