"""Models of one's own: what they must do, and how each fault of a user's file is told, in one line."""

import random

import numpy as np
import pytest
import safetensors.torch
import torch

from singmap.models.building import new_model
from singmap.models.own import blamed, check_output, check_start, load_given, seeded
from singmap.runtime.errors import InputError
from tests.helpers.own_models import CONVOLUTION, NARROW, own_design

N_BINS = 12
HEAD = """
import random, time
import torch
from torch import nn

class Model(nn.Module):
    def __init__(self, n_bins):
        super().__init__()
        self.gains = nn.Parameter(torch.rand(n_bins))

    def forward(self, mixture):
        return {}
"""

DATACLASS = """
from __future__ import annotations
from dataclasses import dataclass
from torch import nn

@dataclass
class Sizes:
    n_bins: int

def Model(n_bins):
    return nn.Sequential(nn.Linear(Sizes(n_bins).n_bins, n_bins), nn.ReLU())
"""


def frames(n_frames=5):
    return torch.rand(n_frames, N_BINS, generator=torch.Generator().manual_seed(0))


def checked(tmp_path, monkeypatch, source):
    model = new_model(own_design(tmp_path, source, monkeypatch), N_BINS, 3)
    check_start(model, 3)
    check_output(model, frames())
    return model


@pytest.mark.parametrize("source", [CONVOLUTION, NARROW, HEAD.format("mixture * self.gains"), DATACLASS])
def test_the_same_seed_gives_the_same_start(tmp_path, monkeypatch, source):
    model = checked(tmp_path, monkeypatch, source)
    again, other = (new_model(model.design, N_BINS, seed) for seed in (3, 4))
    weights = [torch.cat([value.flatten() for value in m.parameters()]) for m in (model, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_weights_bear_the_names_of_the_users_module(tmp_path, monkeypatch):
    model = checked(tmp_path, monkeypatch, NARROW)
    assert list(model.state_dict()) == ["lower.weight", "lower.bias", "upper.weight", "upper.bias"]
    model.load_state_dict({name: 0 * value for name, value in model.state_dict().items()})
    assert not model.module.upper.weight.any()


def test_layers_are_told_by_those_who_know_them(tmp_path, monkeypatch):
    model = checked(tmp_path, monkeypatch, NARROW)
    assert [tuple(layer.weight.shape) for layer in model.layers()] == [(7, N_BINS), (N_BINS, 7)]
    assert model.skip_filtering
    silent_about_them = NARROW.replace("def dense_layers", "def other_layers")
    model = checked(tmp_path, monkeypatch, silent_about_them)
    assert model.layers() is None
    assert not model.skip_filtering, "a function is a function, however it is made"


@pytest.mark.parametrize(
    ("estimate", "message"),
    [
        (
            "mixture[:, :4]",
            r"mine\.py: expected frames of the shape that came in, \(5, 12\), found shape \(5, 4\)",
        ),
        ("'frames'", r"mine\.py: expected frames of the shape that came in, .*, found <class 'str'>"),
        ("mixture / 0", r"mine\.py: expected a finite output, found NaN or infinity"),
        ("mixture / mixture.sum(1, keepdim=True)", r"mine\.py: expected a finite output of silent frames"),
        ("mixture * random.random()", r"mine\.py: expected the same output of the same frames"),
        ("nn.functional.dropout(mixture)", r"mine\.py: expected the same output of the same frames"),
        ("mixture - mixture.mean(0)", r"mine\.py: expected each frame treated alone"),
        ("mixture @ self.absent", r"mine\.py, line 12: .*AttributeError: 'Model' object has no attribute"),
    ],
)
def test_a_faulty_output_is_told_in_one_line(tmp_path, monkeypatch, estimate, message):
    with pytest.raises(InputError, match=message) as raised:
        checked(tmp_path, monkeypatch, HEAD.format(estimate))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "torch.rand(n_bins)",
            "n_bins",
            r"mine\.py, line 9: expected a model that is made by Model\(n_bins\)",
        ),
        (
            "torch.rand(n_bins)",
            "torch.rand(n_bins).double()",
            "parameters in float32, found gains in torch.float64",
        ),
        (
            "torch.rand(n_bins)",
            "torch.full([n_bins], time.monotonic())",
            "expected the same start from the same seed",
        ),
        ("class Model(nn.Module)", "class Model", r"mine\.py, line 8|torch\.nn\.Module"),
        (
            "import random",
            "import nowhere",
            r"mine\.py, line 2: .*ModuleNotFoundError: No module named 'nowhere'",
        ),
    ],
)
def test_a_model_that_cannot_be_made_is_told_in_one_line(tmp_path, monkeypatch, old, new, message):
    with pytest.raises(InputError, match=message) as raised:
        checked(tmp_path, monkeypatch, HEAD.format("mixture * self.gains").replace(old, new))
    assert "\n" not in str(raised.value)


def test_what_is_no_module_is_told(tmp_path, monkeypatch):
    with pytest.raises(
        InputError, match=r"mine\.py: expected a torch\.nn\.Module from Model\(12\), found int"
    ):
        checked(tmp_path, monkeypatch, "Model = int")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("self.upper)]", "self.lower)]", r"mine\.py, dense_layers\(\), layer 1: expected 7 inputs"),
        ('"relu")', '"gelu")', r"mine\.py, dense_layers\(\), layer 0: expected activation"),
        (', "relu")', ")", r"mine\.py: expected a model that gives \(weight, bias, activation\)"),
        (
            '"relu")',
            '"linear")',
            r"mine\.py: expected layers by dense_layers\(\) that give the model's output",
        ),
        ("skip_filtering = True", "", r"mine\.py: expected layers by dense_layers\(\) that give the model's"),
    ],
)
def test_layers_that_are_not_the_models_are_refused(tmp_path, monkeypatch, old, new, message):
    with pytest.raises(InputError, match=message):
        checked(tmp_path, monkeypatch, NARROW.replace(old, new))


def test_running_out_of_memory_is_no_fault_of_the_file(tmp_path):
    for error in (MemoryError("all"), RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate")):
        with pytest.raises(type(error)), blamed(tmp_path / "mine.py", "runs"):
            raise error


def test_seeded_draws_are_the_seeds_and_leave_no_trace():
    def drawn():
        return torch.rand(2).tolist(), random.random(), np.random.rand()  # noqa: NPY002, S311

    torch.manual_seed(1), random.seed(1), np.random.seed(1)  # noqa: NPY002
    with seeded(5):
        first = drawn()
    after = drawn()
    torch.manual_seed(1), random.seed(1), np.random.seed(1)  # noqa: NPY002
    assert after == drawn()
    with seeded(5):
        assert first == drawn()


def given_file(tmp_path, tensors):
    path = tmp_path / "given.safetensors"
    safetensors.torch.save_file(tensors, path)
    return path


def test_given_weights_are_loaded_whatever_their_number_format(tmp_path, monkeypatch):
    model = checked(tmp_path, monkeypatch, NARROW)
    tensors = {name: torch.rand(value.shape).half() for name, value in model.state_dict().items()}
    load_given(model, given_file(tmp_path, tensors))
    for name, value in model.state_dict().items():
        assert torch.equal(value, tensors[name].float())


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"lower.bias": None}, "found no lower.bias"),
        ({"extra": torch.ones(2)}, "found extra beside them"),
        ({"lower.bias": torch.ones(9)}, r"found size mismatch for lower\.bias"),
        (
            {"lower.bias": torch.full([7], torch.nan)},
            "expected finite weights, found NaN or infinity in lower",
        ),
    ],
)
def test_given_weights_that_do_not_fit_are_told_in_one_line(tmp_path, monkeypatch, change, found):
    model = checked(tmp_path, monkeypatch, NARROW)
    tensors = {name: value for name, value in (model.state_dict() | change).items() if value is not None}
    with pytest.raises(InputError, match=rf"given\.safetensors: .*{found}") as raised:
        load_given(model, given_file(tmp_path, tensors))
    assert "\n" not in str(raised.value)


def test_pickled_weights_are_refused(tmp_path, monkeypatch):
    model = checked(tmp_path, monkeypatch, NARROW)
    torch.save(model.state_dict(), tmp_path / "given.safetensors")
    with pytest.raises(
        InputError, match=r"the weights of Model in mine\.py for 12 bins, as safetensors, found"
    ):
        load_given(model, tmp_path / "given.safetensors")
