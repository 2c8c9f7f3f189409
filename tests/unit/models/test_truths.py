"""Trained truths are found under their function, model and seed, apart from the study's models."""

import pytest
import torch

from singmap.models.checkpoints import save_model
from singmap.models.design import ModelDesign
from singmap.models.network import build_model
from singmap.models.truths import load_truths
from singmap.runtime.errors import InputError


def saved(folder, name, seed, **told):
    model = build_model(ModelDesign(1), 5, seed)
    save_model(folder / f"{name}.safetensors", folder / f"{name}.json", model, {"seed": seed, **told})
    return model


def test_each_network_stands_under_its_function_and_seed(tmp_path):
    models = {
        ("band", 1): saved(tmp_path, "b", 1, truth="band"),
        ("harmonic", 2): saved(tmp_path, "a", 2, truth="harmonic"),
    }
    names = ("b", "a")
    found = load_truths(
        [tmp_path / f"{name}.safetensors" for name in names], [tmp_path / f"{name}.json" for name in names]
    )
    assert list(found) == list(models)
    for key, model in models.items():
        assert all(
            torch.equal(value, found[key].state_dict()[name]) for name, value in model.state_dict().items()
        )


def test_a_model_of_the_study_is_no_truth(tmp_path):
    saved(tmp_path, "dae", 0)
    with pytest.raises(InputError, match=r"dae\.json.*known function.*no truth"):
        load_truths([tmp_path / "dae.safetensors"], [tmp_path / "dae.json"])
