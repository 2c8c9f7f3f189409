"""NCA over gains: autograd's gradient, the starts of the couplings, and that couplings express any gain."""

import numpy as np
import pytest
import torch

from singmap.mapping.fit import descend, descent_steps
from singmap.mapping.gains import GainsProblem
from singmap.mapping.nca import CouplingsProblem, neural_couplings, xavier_couplings
from singmap.runtime.errors import InputError
from tests.helpers.examined_stacks import random_frames, random_layers


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def arrays(rng, *widths, n_segments=1, n_frames=9):
    """Arguments of a problem: weights, biases, frames, target and couplings to start from."""
    layers = random_layers(rng, *widths)
    weights = [layer.weight.numpy() for layer in layers]
    biases = [layer.bias.numpy() for layer in layers]
    frames, target = (random_frames(rng, n_segments, n_frames, width) for width in (widths[0], widths[-1]))
    starts = [xavier_couplings(widths[:-1], seed) for seed in range(n_segments)]
    return weights, biases, frames, target, [np.stack(stack) for stack in zip(*starts, strict=True)]


@pytest.mark.parametrize(
    ("widths", "bias_axis"), [((7, 7, 7, 7), "input"), ((7, 7), "output"), ((6, 4, 9), "output")]
)
def test_gradient_equals_autograd(rng, widths, bias_axis):
    """The formula as it stands: C = product of R_l * W_l, frames as columns."""
    weights, biases, frames, target, initial = arrays(rng, *widths)
    problem = GainsProblem(weights, biases, frames, target, initial, bias_axis, "float64")
    leaves = [gains[0].T.clone().requires_grad_() for gains in problem.parameters]
    mapping = torch.eye(widths[0], dtype=torch.float64)
    for gains, weight in zip(leaves, weights, strict=True):
        mapping = (gains * torch.from_numpy(weight)) @ mapping
    residual = torch.from_numpy(target[0].T) - mapping @ torch.from_numpy(frames[0].T)
    residual.abs().sum().backward()
    loss, gradients = problem.gradients()
    assert loss.item() == pytest.approx(residual.abs().sum().item(), rel=1e-13)
    assert problem.relative_l2.item() == pytest.approx(
        residual.norm().item() / np.linalg.norm(target), rel=1e-13
    )
    for gradient, leaf in zip(gradients, leaves, strict=True):
        torch.testing.assert_close(gradient[0].T, leaf.grad, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(problem.mapping()[0], mapping.detach(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("bias_axis", ["input", "output"])
def test_it_starts_with_the_matrix_of_its_couplings(rng, bias_axis):
    arguments = *arrays(rng, 8, 8, 8), bias_axis, "float64"
    gains, couplings = GainsProblem(*arguments), CouplingsProblem(*arguments)
    torch.testing.assert_close(gains.mapping(), couplings.mapping(), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(gains.gradients()[0], couplings.gradients()[0], rtol=1e-12, atol=0)


@pytest.mark.parametrize("bias_axis", ["input", "output"])
def test_whatever_gains_reach_couplings_express(rng, bias_axis):
    """P^T = (W + b)^-1 R are couplings with those gains: NCA's own formula gives the same matrix of them."""
    weights, biases, frames, target, initial = arrays(rng, 8, 8, 8)
    problem = GainsProblem(weights, biases, frames, target, initial, bias_axis, "float64")
    descend(problem, 60, 3e-2)
    found = problem.mapping()[0]
    couplings = []
    for weight, bias, gains in zip(weights, biases, problem.parameters, strict=True):
        biased = weight + (bias[None, :] if bias_axis == "input" else bias[:, None])
        couplings.append(np.linalg.solve(biased, gains[0].T.numpy()).T)
    mapping = neural_couplings(
        weights, biases, frames[0], target[0], couplings, iterations=0, bias_axis=bias_axis
    ).mapping
    np.testing.assert_allclose(mapping, found, atol=1e-9)


def test_gains_are_never_negative_and_closed_ones_open_again(rng):
    """One weight of 2, one frame of 1: the loss |y - 2 r| falls towards r = y / 2, from below and above."""
    for target, start, expected in [(3.0, 0.0, 0.5), (1.0, 2.0, 1.5), (-1.0, 0.25, 0.0)]:
        arguments = [np.full((1, 1), 2.0)], [np.zeros(1)], np.ones((1, 1, 1)), np.full((1, 1, 1), target)
        problem = GainsProblem(*arguments, [np.full((1, 1, 1), start / 2)], "input", "float64")
        assert problem.parameters[0].item() == start
        descend(problem, 1, 0.5)
        assert problem.mapping().item() == pytest.approx(2 * expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_looking_at_the_mapping_changes_nothing(rng, precision):
    arguments = *arrays(rng, 8, 8, 8), "input", precision

    def gains(look_at_each: bool) -> list[torch.Tensor]:
        problem = GainsProblem(*arguments)
        for _ in descent_steps(problem, 20, 1e-2):
            if look_at_each:
                problem.mapping()
        problem.mapping()
        return problem.parameters

    assert all(map(torch.equal, gains(True), gains(False)))


@pytest.mark.parametrize(
    ("precision", "loss_tolerance", "tolerance"), [("float32", 1e-5, 1e-4), ("bfloat16", 1e-2, 0.03)]
)
def test_padding_and_rounding_change_little(rng, precision, loss_tolerance, tolerance):
    """260 bins and 261 frames are padded to 272; float64 is not padded."""
    arguments = *arrays(rng, 260, 260, 260, n_frames=261), "input"
    exact, other = (GainsProblem(*arguments, form) for form in ("float64", precision))
    losses = [descend(problem, 5, 1e-2).numpy() for problem in (exact, other)]
    np.testing.assert_allclose(losses[1], losses[0], rtol=loss_tolerance)
    assert other.mapping().shape == (1, 260, 260)
    distance = torch.dist(other.mapping().double(), exact.mapping()) / exact.mapping().norm()
    assert 0 < distance < tolerance


def test_stacked_segments_equal_single_ones(rng):
    weights, biases, frames, target, initial = arrays(rng, 8, 8, 8, n_segments=2)
    stacked = GainsProblem(weights, biases, frames, target, initial, "input", "float64")
    losses = descend(stacked, 30, 1e-2)
    for s in range(2):
        one = slice(s, s + 1)
        starts = [start[one] for start in initial]
        alone = GainsProblem(weights, biases, frames[one], target[one], starts, "input", "float64")
        np.testing.assert_allclose(losses[:, s], descend(alone, 30, 1e-2)[:, 0], rtol=1e-12)
        np.testing.assert_allclose(stacked.mapping()[s], alone.mapping()[0], atol=1e-12)


def test_what_does_not_fit_is_refused(rng):
    weights, biases, frames, target, initial = arrays(rng, 6, 6, 6)
    with pytest.raises(InputError, match="as many weights as biases and couplings"):
        GainsProblem(weights, biases, frames, target, initial[:1], "input", "float64")


@pytest.mark.parametrize(("precision", "tolerance"), [("float64", 1e-9), ("float32", 1e-4)])
def test_the_gpu_s_graphs_give_the_cpu_s_numbers(rng, cuda, precision, tolerance):
    arguments = *arrays(rng, 32, 32, 32, n_segments=2, n_frames=20), "input"
    problems = [GainsProblem(*arguments, "float64"), GainsProblem(*arguments, precision, "cuda")]
    losses = [descend(problem, 20, 1e-2).numpy() for problem in problems]
    np.testing.assert_allclose(losses[1], losses[0], rtol=tolerance)
    mappings = [problem.mapping().cpu().numpy() for problem in problems]
    assert np.linalg.norm(mappings[1] - mappings[0]) < 10 * tolerance * np.linalg.norm(mappings[0])
