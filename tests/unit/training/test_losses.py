"""Each loss by its formula, its minimum at the target, and its slope against differences."""

import math

import pytest
import torch

from singmap.runtime.errors import InputError
from singmap.training.losses import KL_FLOOR, LOSSES, loss_function

ESTIMATE = torch.tensor([[1.0, 2.0], [0.5, 0.0]], dtype=torch.float64)
TARGET = torch.tensor([[2.0, 2.0], [0.0, 0.0]], dtype=torch.float64)


def kl_by_hand(estimate, target):
    pairs = zip(estimate.flatten().tolist(), target.flatten().tolist(), strict=True)
    raised = [(y + KL_FLOOR, v + KL_FLOOR) for y, v in pairs]
    return sum(v * math.log(v / y) - v + y for y, v in raised) / len(raised)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mse", (1.0 + 0.25) / 4),
        ("l1", (1.0 + 0.5) / 4),
        ("kl", kl_by_hand(ESTIMATE, TARGET)),
    ],
)
def test_values(name, expected):
    assert loss_function(name)(ESTIMATE, TARGET).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_least_where_estimate_is_target(name):
    generator = torch.Generator().manual_seed(0)
    target = torch.rand(6, 5, generator=generator, dtype=torch.float64)
    loss = loss_function(name)
    assert loss(target, target).item() == pytest.approx(0, abs=1e-12)
    for step in (-0.01, 0.01):
        assert loss(target + step * (target > 0.05), target) > 0


@pytest.mark.parametrize("name", LOSSES)
def test_slope_is_the_derivative(name):
    generator = torch.Generator().manual_seed(1)
    estimate, target = torch.rand(2, 3, 4, generator=generator, dtype=torch.float64)
    loss = loss_function(name)
    by_autograd = torch.autograd.functional.jacobian(lambda y: loss(y, target), estimate)
    torch.testing.assert_close(loss.slope(estimate, target), by_autograd, rtol=1e-12, atol=1e-15)
    assert torch.autograd.gradcheck(lambda y: loss(y, target), estimate.requires_grad_())


def test_unknown_loss_is_refused():
    with pytest.raises(InputError, match=r"training\.loss.*mse, l1, kl"):
        loss_function("huber")
