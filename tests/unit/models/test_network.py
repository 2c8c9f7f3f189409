"""The built-in networks: their layers, and initial weights that depend on the seed alone."""

import math

import pytest
import torch

from singmap.models.design import ModelDesign
from singmap.models.designs import MODELS
from singmap.models.network import build_model

N_LAYERS = {"dae": 2, "mdae": 4, "sf": 2}


@pytest.mark.parametrize("name", MODELS)
def test_layers_make_up_the_model(name):
    model = build_model(MODELS[name], 12, seed=3)
    mixture = torch.rand(5, 12)
    hidden = mixture
    for layer in model.layers():
        assert layer.activation == "relu"
        hidden = torch.clamp(hidden @ layer.weight.T + layer.bias, min=0)
    expected = hidden * mixture if model.skip_filtering else hidden
    torch.testing.assert_close(model(mixture), expected)
    assert len(model.layers()) == N_LAYERS[name]


def test_only_sf_filters_and_starts_without_biases():
    biases = {
        name: build_model(MODELS[name], 12, seed=0).layers()[0].bias.abs().max().item() for name in MODELS
    }
    assert biases["sf"] == 0
    assert biases["dae"] > 0
    assert biases["mdae"] > 0
    assert [name for name in MODELS if build_model(MODELS[name], 12, seed=0).skip_filtering] == ["sf"]


def test_weights_are_xavier_normal():
    weight = build_model(MODELS["dae"], 400, seed=1).layers()[0].weight
    assert weight.std().item() == pytest.approx(math.sqrt(2 / 800), rel=0.01)


def test_seed_alone_decides_the_weights():
    torch.manual_seed(5)
    first = build_model(MODELS["mdae"], 8, seed=7).state_dict()
    drawn = torch.rand(1)
    torch.manual_seed(6)
    again, other = (
        build_model(MODELS["mdae"], 8, seed=7).state_dict(),
        build_model(MODELS["mdae"], 8, seed=8).state_dict(),
    )
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["linears.0.weight"], other["linears.0.weight"])
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(1)), "building a model drew from the global generator"


def test_a_design_outside_of_the_registry_is_built_as_it_says():
    model = build_model(ModelDesign(encoder_layers=2, decoder_layers=3, zero_biases=True), 6, seed=0)
    assert len(model.layers()) == 5
    assert not any(layer.bias.any() for layer in model.layers())


def test_the_same_weights_as_ever():
    """Fixed sums: weights drawn in another order would make new seeds incomparable with finished ones."""
    drawn = {name: build_model(design, 13, seed=3).state_dict().values() for name, design in MODELS.items()}
    sums = {name: sum(value.double().abs().sum().item() for value in drawn[name]) for name in drawn}
    # Processors round the generator's logarithms and cosines differently, in the last bit.
    assert sums == pytest.approx({"dae": 77.814056, "mdae": 155.794890, "sf": 74.376610}, rel=1e-6)
