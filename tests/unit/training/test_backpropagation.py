"""Gradients written by hand against autograd, with the padding and formats that training uses."""

import pytest
import torch

from singmap.compute.adam import Adam
from singmap.compute.precision import PAD_MULTIPLE
from singmap.models.designs import MODELS
from singmap.models.network import build_model
from singmap.training.backpropagation import Backpropagation
from singmap.training.losses import LOSSES

# The same products in the same precision, summed in another order.
FLOAT32_TOLERANCE = {"rtol": 1e-4, "atol": 1e-6}


def gradients_by_autograd(model, loss, mixture, target):
    value = loss(model(mixture), target)
    return value, torch.autograd.grad(value, list(model.parameters()))


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    mixture = torch.rand(16, 20, generator=generator)
    return mixture, mixture * torch.rand(16, 20, generator=generator)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", MODELS)
def test_gradients_are_those_of_autograd(name, loss, batch):
    model = build_model(MODELS[name], 20, seed=1)
    value, expected = gradients_by_autograd(model, LOSSES[loss], *batch)
    found, gradients = Backpropagation(model, LOSSES[loss], torch.float32).gradients(*batch)
    torch.testing.assert_close(found, value.detach())
    for (_, gradient), wanted in zip(sorted(gradients), expected, strict=True):
        torch.testing.assert_close(gradient, wanted, **FLOAT32_TOLERANCE)


@pytest.mark.parametrize("name", MODELS)
def test_bfloat16_gradients_are_as_good_as_autocasts(name, batch):
    model = build_model(MODELS[name], 20, seed=1)
    _, exact = gradients_by_autograd(model, LOSSES["mse"], *batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        _, autocast = gradients_by_autograd(model, lambda y, v: LOSSES["mse"](y.float(), v), *batch)
    _, found = Backpropagation(model, LOSSES["mse"], torch.bfloat16).gradients(*batch)
    for (_, gradient), wanted, rounded in zip(sorted(found), exact, autocast, strict=True):
        # Roundings differ, and with them which ReLUs near zero switch: twice autocast's own error.
        allowed = 2 * torch.linalg.norm(rounded - wanted)
        assert torch.linalg.norm(gradient.float() - wanted) <= allowed


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_changed_weights_count_after_refresh(dtype, batch):
    model = build_model(MODELS["dae"], 20, seed=1)
    gradients = Backpropagation(model, LOSSES["mse"], dtype)
    before = gradients.estimate(batch[0])
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(0.5)
    gradients.refresh()
    after = gradients.estimate(batch[0])
    assert not torch.allclose(before, after)
    torch.testing.assert_close(after, model(batch[0]).detach(), rtol=0.05, atol=0.01)


WIDE = 260  # from 256 on bins are padded, here to 272


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", MODELS)
def test_padding_trains_the_same_model(name, loss):
    """Losses are means over the true bins, and what is added stays zero, also under Adam."""
    generator = torch.Generator().manual_seed(0)
    batches = torch.rand(5, 16, WIDE, generator=generator)
    models = [build_model(MODELS[name], WIDE, seed=1) for _ in range(2)]
    steps = [
        Backpropagation(model, LOSSES[loss], torch.float32, pads=pads)
        for model, pads in zip(models, (False, True), strict=True)
    ]
    optimisers = [Adam(each.parameters, each.copies, 1e-3) for each in steps]
    for mixture in batches:
        losses = []
        for each, optimiser in zip(steps, optimisers, strict=True):
            value, gradients = each.gradients(mixture, 0.3 * mixture)
            optimiser.step(gradients)
            losses.append(value)
        torch.testing.assert_close(*losses, rtol=1e-5, atol=0)
    for plain, padded in zip(steps[0].parameters, steps[1].parameters, strict=True):
        own = tuple(slice(n) for n in plain.shape)
        torch.testing.assert_close(padded[own], plain, rtol=1e-4, atol=1e-6)
        assert all(n % PAD_MULTIPLE == 0 for n in padded.shape)
        assert padded.count_nonzero() == padded[own].count_nonzero(), "zeros stay zeros"
    for own, other in zip(models[1].parameters(), steps[1].parameters, strict=True):
        assert own.data_ptr() == other.data_ptr(), "the model is what was trained"
    torch.testing.assert_close(steps[1].estimate(batches[0]), models[1](batches[0]).detach())
