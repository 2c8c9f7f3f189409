"""A design survives JSON and builds its model, built-in or one's own."""

import json
from dataclasses import asdict

import torch

from singmap.models.building import blank_model, new_model
from singmap.models.checkpoints import load_model, save_model
from singmap.models.design import design_from
from singmap.models.designs import design_of
from tests.helpers.own_models import CONVOLUTION, own_design

TIED = """
from torch import nn

class Model(nn.Module):
    def __init__(self, n_bins):
        super().__init__()
        self.lower, self.upper = nn.Linear(n_bins, n_bins), nn.Linear(n_bins, n_bins)
        self.upper.weight = self.lower.weight

    def forward(self, mixture):
        return self.upper(self.lower(mixture)).relu()
"""


def test_designs_come_back_from_json_and_build_their_models(tmp_path, monkeypatch):
    for design in (design_of("sf"), own_design(tmp_path, CONVOLUTION, monkeypatch)):
        fields = json.loads(json.dumps(asdict(design)))
        assert design_from(fields) == design
        started, blank = new_model(design, 10, 2), blank_model(design_from(fields), 10)
        assert started.n_bins == blank.n_bins == 10
        assert list(started.state_dict()) == list(blank.state_dict())


def test_a_saved_model_of_ones_own_comes_back_with_its_bits(tmp_path, monkeypatch):
    """Whatever it keeps: running means and counters of its layers, weights that two layers share."""
    for number, source in enumerate((CONVOLUTION, TIED)):
        model = new_model(own_design(tmp_path, source, monkeypatch), 10, 2)
        model(torch.rand(8, 10))  # in training, so that running means move
        files = tmp_path / f"{number}.safetensors", tmp_path / f"{number}.json"
        save_model(*files, model, {})
        loaded = load_model(*files)
        assert not loaded.training
        for name, value in model.state_dict().items():
            assert torch.equal(loaded.state_dict()[name], value), name
