"""Weights that are kept on the way belong to their epoch, also after a resume."""

import pytest
import torch

from singmap.files.unfinished import UnfinishedRun
from singmap.models.designs import design_of
from singmap.models.network import build_model
from singmap.runtime.errors import InputError
from singmap.training.kept_epochs import KeptEpochs


@pytest.fixture
def run(tmp_path):
    return UnfinishedRun(tmp_path / "unfinished", "key")


@pytest.fixture
def kept(run):
    """Epochs 1 and 3 of a run of three epochs, in which every weight equals the epoch's number."""
    model = build_model(design_of("dae"), 4, 0)
    keeper = KeptEpochs([1, 3, 8], run, model)
    for epoch in (1, 2, 3):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.fill_(epoch)
        keeper({"epoch": epoch})
    return keeper


def test_weights_are_those_of_their_epoch_and_not_of_the_last(kept):
    weights = kept.weights(last_epoch=3)
    assert list(weights) == [1, 3], "epoch 2 was not asked for, epoch 8 never came"
    assert len(kept.run.names()) == 2, "nor is it on the disk"
    for epoch, tensors in weights.items():
        assert set(tensors) == set(kept.model.state_dict())
        assert all(bool((tensor == epoch).all()) for tensor in tensors.values())


def test_a_resumed_run_finds_what_was_kept_before_the_kill(kept, run):
    resumed = KeptEpochs([1, 3], run, build_model(design_of("dae"), 4, 1))
    assert all(bool((tensor == 1).all()) for tensor in resumed.weights(last_epoch=1)[1].values())


def test_damaged_weights_are_refused_and_the_run_begins_anew(kept, run):
    file = next(run.folder.glob("epoch*3.safetensors"))
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match=r"epoch 3.*run snakemake again"):
        kept.weights(last_epoch=3)
    assert not run.folder.exists()
