"""Given weights become a model like those that were trained here, with losses on the validation tracks."""

from dataclasses import asdict

import numpy as np
import pytest
import safetensors.torch
import torch

from singmap.files.tables import Training, read_table
from singmap.models.checkpoints import load_model
from singmap.models.provenance import read_provenance
from singmap.runtime.errors import InputError
from tests.helpers.own_models import own_design
from tests.helpers.trained_models import N_BINS, write_spectra
from workflow.scripts import import_weights, tabulate_training

GAINS = """
import torch
from torch import nn

class Model(nn.Module):
    def __init__(self, n_bins):
        super().__init__()
        self.gains = nn.Parameter(torch.rand(n_bins))

    def forward(self, mixture):
        return mixture * self.gains
"""


@pytest.fixture
def import_gains(tmp_path, monkeypatch):
    """A function that imports given gains; returns the paths of weights and provenance."""
    write_spectra(tmp_path)
    design = own_design(tmp_path, GAINS, monkeypatch)

    def run(gains):
        given = tmp_path / "given.safetensors"
        safetensors.torch.save_file({"gains": gains}, given)
        files = {name: tmp_path / name for name in ("weights", "provenance")}
        main = import_weights.main
        main(
            **files, valid_index=tmp_path / "spectra/valid/index.csv", model="filter", seed=4,
            design=asdict(design), given=given, loss="mse",
        )  # fmt: skip
        return files["weights"], files["provenance"]

    return run


def test_given_weights_are_told_with_their_own_losses(import_gains, tmp_path):
    """The data's target is a known share of every bin: those gains make no error, half of them a quarter."""
    truth = torch.from_numpy(np.linspace(0.1, 0.9, N_BINS, dtype=np.float32))
    files = import_gains(truth)
    assert read_provenance(files[1])["valid_loss"] == pytest.approx(0, abs=1e-9)
    files = import_gains(truth / 2)
    tabulate_training.main(provenance=[files[1]], table=tmp_path / "training.csv")
    row = read_table(tmp_path / "training.csv", Training).iloc[0]
    assert (row["model"], row["seed"], row["epochs"], row["best_epoch"]) == ("filter", 4, 0, 0)
    assert row["relative_error"] == pytest.approx(0.25)
    assert torch.equal(load_model(*files).state_dict()["gains"], truth / 2)
    assert read_provenance(files[1])["source"] == GAINS


def test_weights_that_let_nothing_through_are_refused(import_gains):
    message = r"given\.safetensors: expected some sound on the validation tracks, found silence"
    with pytest.raises(InputError, match=message):
        import_gains(torch.zeros(N_BINS))
