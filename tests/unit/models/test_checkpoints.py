"""Weights and provenance on disk: the same bits come back, and what is damaged is refused by name."""

import json

import pytest
import torch

from singmap.models.checkpoints import load_epochs, load_model, save_epochs, save_model
from singmap.models.design import ModelDesign
from singmap.models.network import build_model
from singmap.runtime.errors import InputError

DESIGN = ModelDesign(encoder_layers=2, decoder_layers=2, skip_filtering=True)  # of no registered model


@pytest.fixture
def saved(tmp_path):
    model = build_model(DESIGN, 10, seed=4)
    paths = tmp_path / "weights.safetensors", tmp_path / "provenance.json"
    save_model(*paths, model, {"model": "own", "seed": 4})
    return model, *paths


def test_a_model_comes_back_with_its_bits(saved):
    model, weights, provenance = saved
    loaded = load_model(weights, provenance)
    assert loaded.design == DESIGN
    assert not loaded.training
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value)
    assert json.loads(provenance.read_text())["seed"] == 4


def test_the_file_holds_tensors_only(saved):
    content = saved[1].read_bytes()
    length = int.from_bytes(content[:8], "little")
    entries = json.loads(content[8 : 8 + length])
    assert {entry["dtype"] for entry in entries.values()} == {"F32"}
    assert len(content) == 8 + length + 4 * sum(value.numel() for value in saved[0].state_dict().values())


@pytest.mark.parametrize("position", [-1, 20])
def test_a_damaged_file_is_named_and_refused(saved, position):
    _, weights, provenance = saved
    content = bytearray(weights.read_bytes())
    content[position] ^= 1
    weights.write_bytes(content)
    with pytest.raises(InputError, match=r"weights\.safetensors.*SHA-256.*made again"):
        load_model(weights, provenance)


def test_provenance_of_another_size_is_refused(saved):
    _, weights, provenance = saved
    record = json.loads(provenance.read_text())
    provenance.write_text(json.dumps(record | {"n_bins": 11}))
    with pytest.raises(InputError, match="the weights of the model"):
        load_model(weights, provenance)


def test_provenance_from_before_designs_were_kept_is_refused_with_a_remedy(saved):
    _, weights, provenance = saved
    record = json.loads(provenance.read_text())
    del record["design"]
    provenance.write_text(json.dumps(record))
    with pytest.raises(InputError, match="found no design; have it made again by snakemake --forcerun"):
        load_model(weights, provenance)


@pytest.mark.parametrize("design", [None, {}, {"encoder_layers": 1, "attention_heads": 8}])
def test_a_design_that_this_version_cannot_build_is_refused(saved, design):
    _, weights, provenance = saved
    record = json.loads(provenance.read_text())
    provenance.write_text(json.dumps(record | {"design": design}))
    with pytest.raises(InputError, match="the design of a model"):
        load_model(weights, provenance)


@pytest.fixture
def kept(tmp_path):
    """Models of two epochs, the file of their weights, and the provenance that records its digest."""
    models = {epoch: build_model(DESIGN, 10, seed=epoch) for epoch in (2, 11)}
    file = tmp_path / "epochs.safetensors"
    digest = save_epochs(file, {epoch: model.state_dict() for epoch, model in models.items()})
    save_model(tmp_path / "weights", tmp_path / "provenance.json", models[11], {"epochs_sha256": digest})
    return models, file, tmp_path / "provenance.json"


def test_kept_epochs_come_back_under_their_numbers(kept):
    models, *files = kept
    loaded = load_epochs(*files)
    assert list(loaded) == [2, 11]
    for epoch, model in models.items():
        assert loaded[epoch].design == DESIGN
        for name, value in model.state_dict().items():
            assert torch.equal(loaded[epoch].state_dict()[name], value)


def test_kept_epochs_of_another_run_are_refused(kept):
    models, file, provenance = kept
    save_epochs(file, {2: models[11].state_dict()})
    with pytest.raises(InputError, match=r"epochs\.safetensors.*SHA-256"):
        load_epochs(file, provenance)
