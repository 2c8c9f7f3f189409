"""Training of models of one's own: the same as by hand where both can do it, and the same after a kill."""

import pytest
import torch

from singmap.models.building import new_model
from singmap.models.design import ModelDesign
from singmap.models.network import build_model
from singmap.models.own_file import read_own_file
from singmap.runtime.errors import InputError
from singmap.training.autograd import AutogradGradients
from singmap.training.backpropagation import Backpropagation
from singmap.training.losses import LOSSES, loss_function
from singmap.training.resume import ResumeStore
from singmap.training.trainer import Trainer
from tests.helpers.own_models import CONVOLUTION, own_design, write_model
from tests.helpers.training_data import StoppedError, make_cache, make_settings, stop_in_epoch

CPU = torch.device("cpu")
N_BINS = 24
UNUSED = """
import torch
from torch import nn

class Model(nn.Module):
    def __init__(self, n_bins):
        super().__init__()
        self.gains = nn.Parameter(torch.full([n_bins], 0.5))
        self.frozen = nn.Parameter(torch.ones(n_bins), requires_grad=False)
        self.unused = nn.Parameter(torch.ones(n_bins))

    def forward(self, mixture):
        return mixture * self.gains * self.frozen
"""


@pytest.fixture(scope="module")
def caches(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spectra")
    return make_cache(folder / "train", 300, seed=1), make_cache(folder / "valid", 100, seed=2)


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("skip_filtering", [False, True])
def test_gradients_are_those_by_hand(loss, skip_filtering):
    model = build_model(ModelDesign(2, skip_filtering=skip_filtering), N_BINS, 0)
    mixture, target = torch.rand(2, 16, N_BINS, generator=torch.Generator().manual_seed(1))
    by_hand = Backpropagation(model, loss_function(loss), torch.float32)
    expected_loss, gradients = by_hand.gradients(mixture.clone(), target)
    expected = {index: gradient.clone() for index, gradient in gradients}
    found = AutogradGradients(model, loss_function(loss), torch.float32, lambda: 0)
    own_loss, own = found.gradients(mixture, target)
    torch.testing.assert_close(own_loss, expected_loss)
    own = dict(own)
    assert own.keys() == expected.keys()
    for index, gradient in own.items():
        torch.testing.assert_close(gradient, expected[index], rtol=1e-4, atol=1e-7)


def trainer_of(design, caches, **options):
    settings = make_settings(epochs_max=5, patience_epochs=5)
    return Trainer(new_model(design, N_BINS, 1), settings, *caches, 1, CPU, **options)


def state_of(trainer):
    return [value.clone() for value in trainer.model.state_dict().values()]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_model_of_ones_own_learns(tmp_path, monkeypatch, caches, dtype):
    """A mask of neighbours can't know which bin it is at: less than half of silence's loss is enough."""
    trainer = trainer_of(own_design(tmp_path, CONVOLUTION, monkeypatch), caches, dtype=dtype)
    final = trainer.run()
    assert final.loss < 0.5 * final.silence_loss
    assert not trainer.model.training


def test_a_killed_training_goes_on_bit_by_bit(tmp_path, monkeypatch, caches):
    """Dropout draws the same, running means are where they were: with other bits one of them was not."""
    design = own_design(tmp_path, CONVOLUTION, monkeypatch)
    whole = trainer_of(design, caches)
    whole.run()
    store = ResumeStore(tmp_path / "unfinished", "run")
    killed = trainer_of(design, caches, store=store, save_interval_s=0)
    stop_in_epoch(killed, 3, 4)
    with pytest.raises(StoppedError):
        killed.run()
    resumed = trainer_of(design, caches, store=store)
    torch.rand(3)  # what was drawn before is of no account
    resumed.run()
    assert resumed.state.history == whole.state.history
    for own, expected in zip(state_of(resumed), state_of(whole), strict=True):
        assert torch.equal(own, expected)


def test_what_is_frozen_or_unused_stays(tmp_path, monkeypatch, caches):
    trainer = trainer_of(own_design(tmp_path, UNUSED, monkeypatch), caches)
    trainer.run()
    weights = trainer.model.state_dict()
    assert torch.equal(weights["frozen"], torch.ones(N_BINS))
    assert torch.equal(weights["unused"], torch.ones(N_BINS))
    assert not torch.equal(weights["gains"], torch.full([N_BINS], 0.5))


def test_a_model_without_anything_to_train_is_refused(tmp_path, monkeypatch, caches):
    source = "from torch import nn\ndef Model(n_bins):\n    return nn.ReLU()\n"
    design = read_own_file(write_model(tmp_path, source, monkeypatch)).design
    with pytest.raises(
        InputError, match="expected parameters to train, found none; name a file of `weights`"
    ):
        trainer_of(design, caches)
