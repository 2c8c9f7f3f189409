"""Adam on flat parameters: PyTorch's steps, the same bits after a resume, and gradient clipping."""

import pytest
import torch

from singmap.compute.adam import Adam, clip

SMALL, LARGE = [(30, 20), (7,)], [(1100, 1000), (7,)]  # operators of PyTorch, and loops of our own


def draw(seed, dtype=torch.float32, shapes=SMALL):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator).to(dtype) for shape in shapes]


@pytest.mark.parametrize("shapes", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_steps_are_those_of_pytorch(dtype, shapes):
    weights = draw(0, shapes=shapes)
    copies = [weight.to(dtype) for weight in weights]
    own = Adam(weights, copies, 0.01)
    peers = [torch.nn.Parameter(weight.clone()) for weight in weights]
    peer = torch.optim.Adam(peers, lr=0.01)
    for number in range(5):
        rate = 0.01 / (number + 1)
        own.set_learning_rate(rate)
        peer.param_groups[0]["lr"] = rate
        gradients = draw(number + 1, dtype, shapes)
        own.step(enumerate(gradients))
        for parameter, gradient in zip(peers, gradients, strict=True):
            parameter.grad = gradient.float()
        peer.step()
    for weight, copy, parameter in zip(weights, copies, peers, strict=True):
        torch.testing.assert_close(weight, parameter.detach(), rtol=1e-6, atol=1e-7)
        assert torch.equal(copy, weight.to(dtype))


def test_a_loaded_state_goes_on_with_the_same_bits():
    first, second = draw(0), draw(0)
    whole, early = Adam(first, first, 0.01), Adam(second, second, 0.01)
    for number in range(3):
        whole.step(enumerate(draw(number)))
        early.step(enumerate(draw(number)))
    late = Adam(second, second, 0.01)
    late.load_state(early.state())
    whole.step(enumerate(draw(3)))
    late.step(enumerate(draw(3)))
    assert all(map(torch.equal, first, second))


@pytest.mark.parametrize("norm_max", [0.5, 1e6])
def test_clipping_bounds_the_joint_norm(norm_max):
    gradients = draw(0)
    peers = [torch.nn.Parameter(torch.zeros(shape)) for shape in SMALL]
    for parameter, gradient in zip(peers, gradients, strict=True):
        parameter.grad = gradient.clone()
    torch.nn.utils.clip_grad_norm_(peers, norm_max)
    clip(gradients, norm_max)
    for gradient, parameter in zip(gradients, peers, strict=True):
        torch.testing.assert_close(gradient, parameter.grad, rtol=1e-5, atol=1e-7)
