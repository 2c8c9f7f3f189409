"""NCA over couplings: the paper's loss, autograd's gradient, starts, number formats and the GPU's path."""

import numpy as np
import pytest
import torch

from singmap.compute.precision import work_format
from singmap.mapping.fit import descend, descent_steps
from singmap.mapping.nca import CouplingsProblem, neural_couplings, xavier_couplings
from singmap.runtime.errors import InputError
from tests.helpers.examined_stacks import random_frames, random_layers


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def arrays(rng, *widths, n_frames=9):
    layers = random_layers(rng, *widths)
    weights = [layer.weight.numpy() for layer in layers]
    biases = [layer.bias.numpy() for layer in layers]
    frames, target = random_frames(rng, n_frames, widths[0]), random_frames(rng, n_frames, widths[-1])
    return weights, biases, frames, target, xavier_couplings(widths[:-1], 1)


def loss_by_definition(weights, biases, frames, target, couplings, bias_axis):
    """The formulas of the paper, as they stand, for autograd: C is formed, frames are columns."""
    mapping = torch.eye(frames.shape[1], dtype=couplings[0].dtype)
    for weight, bias, coupling in zip(weights, biases, couplings, strict=True):
        weight, bias = torch.from_numpy(weight), torch.from_numpy(bias)
        biased = weight + (bias[None, :] if bias_axis == "input" else bias[:, None])
        mapping = (torch.relu(biased @ coupling.T) * weight) @ mapping
    return (torch.from_numpy(target.T) - mapping @ torch.from_numpy(frames.T)).abs().sum(), mapping


@pytest.mark.parametrize(
    ("widths", "bias_axis"), [((7, 7, 7, 7), "input"), ((7, 7), "output"), ((6, 4, 9), "output")]
)
def test_gradient_equals_autograd(rng, widths, bias_axis):
    weights, biases, frames, target, initial = arrays(rng, *widths)
    leaves = [torch.from_numpy(start).requires_grad_() for start in initial]
    loss, mapping = loss_by_definition(weights, biases, frames, target, leaves, bias_axis)
    loss.backward()
    problem = CouplingsProblem(
        weights, biases, frames[None], target[None], [p[None] for p in initial], bias_axis, "float64"
    )
    found, gradients = problem.gradients()
    assert found.item() == pytest.approx(loss.item(), rel=1e-13)
    for gradient, leaf in zip(gradients, leaves, strict=True):
        torch.testing.assert_close(gradient[0], leaf.grad, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(problem.mapping()[0], mapping.detach(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_looking_at_the_mapping_changes_nothing(rng, precision):
    """In bfloat16 Z follows the couplings step by step: recording C on the way must not show in them."""
    weights, biases, frames, target, initial = arrays(rng, 8, 8, 8)

    def couplings(look_at_each: bool) -> list[torch.Tensor]:
        stacks = frames[None], target[None], [start[None] for start in initial]
        problem = CouplingsProblem(weights, biases, *stacks, "input", precision)
        for _ in descent_steps(problem, 20, 1e-2):
            if look_at_each:
                problem.mapping()
        return problem.parameters

    assert all(map(torch.equal, couplings(True), couplings(False)))


def test_stacked_segments_equal_single_ones(rng):
    weights, biases, frames, target, initial = arrays(rng, 8, 8, 8, n_frames=20)
    stacks = frames.reshape(2, 10, 8), target.reshape(2, 10, 8)
    starts = [np.stack([start, start + 0.1]) for start in initial]
    problem = CouplingsProblem(weights, biases, *stacks, starts, "input", "float64")
    losses = descend(problem, 30, 1e-3)
    for s in range(2):
        alone = neural_couplings(
            weights, biases, stacks[0][s], stacks[1][s], [p[s] for p in starts], 30, 1e-3
        )
        np.testing.assert_allclose(losses[:, s], alone.losses, rtol=1e-12)
        np.testing.assert_allclose(problem.mapping()[s], alone.mapping, atol=1e-12)


@pytest.mark.parametrize(
    ("precision", "loss_tolerance", "tolerance"), [("float32", 1e-6, 1e-5), ("bfloat16", 1e-4, 0.03)]
)
def test_padding_and_rounding_change_little(rng, precision, loss_tolerance, tolerance):
    """260 bins and 261 frames are padded to 272; losses stay near those of float64, which is not padded."""
    n = 260
    weights, biases, frames, target, initial = arrays(rng, n, n, n, n_frames=261)
    exact = neural_couplings(weights, biases, frames, target, initial, 5, 1e-3)
    other = neural_couplings(weights, biases, frames, target, initial, 5, 1e-3, precision=precision)
    assert other.mapping.shape == (n, n)
    assert [p.shape for p in other.couplings] == [(n, n)] * 2
    np.testing.assert_allclose(other.losses, exact.losses, rtol=loss_tolerance)
    distance = np.linalg.norm(other.mapping - exact.mapping) / np.linalg.norm(exact.mapping)
    assert 0 < distance < tolerance


@pytest.mark.parametrize("capable", [False, True])
def test_auto_precision_follows_the_hardware(monkeypatch, capable):
    monkeypatch.setattr("singmap.compute.device.has_bfloat16_products", lambda device: capable)
    expected = torch.bfloat16 if capable else torch.float32
    assert work_format("auto", torch.device("cpu")).dtype == expected


def test_starts_are_xavier_normal_and_seeded():
    starts = xavier_couplings([300, 200], 3)
    assert [start.std() for start in starts] == pytest.approx([300**-0.5, 200**-0.5], rel=0.02)
    np.testing.assert_array_equal(starts[1], xavier_couplings([300, 200], 3)[1])
    assert not np.array_equal(starts[0], xavier_couplings([300, 200], 4)[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: {**a, "bias_axis": "rows"}, "bias_axis"),
        (lambda a: {**a, "precision": "float16"}, "precision"),
        (lambda a: {**a, "precision": "tf32"}, "a GPU for tf32"),
        (lambda a: {**a, "initial": a["initial"][:1]}, "as many weights as biases and couplings"),
        (lambda a: {**a, "initial": [np.eye(5), np.eye(6)]}, r"layer 0: expected couplings \(6, 6\)"),
        (lambda a: {**a, "target": a["target"][:, :4]}, "NCA target"),
        (lambda a: {**a, "target": 0 * a["target"]}, "NCA target: expected some sound.*the model is dead"),
        (lambda a: {**a, "frames": 0 * a["frames"]}, "NCA frames: expected some sound"),
        (lambda a: {**a, "frames": a["frames"] * np.nan}, "NCA frames: expected finite"),
        (lambda a: {**a, "frames": a["frames"][:0], "target": a["target"][:0]}, "at least one frame"),
        (lambda a: {**a, "frames": a["frames"][:, :4]}, "layer 0: expected a weight with 4 inputs"),
        (lambda a: {**a, "weights": [np.ones((4, 6)), np.ones((6, 4))], "initial": [np.eye(6), np.eye(4)]},
         "square weight for the bias on the input axis"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(rng, change, message):
    names = ("weights", "biases", "frames", "target", "initial")
    good = dict(zip(names, arrays(rng, 6, 6, 6), strict=True))
    with pytest.raises(InputError, match=message):
        neural_couplings(**change(good))


@pytest.mark.parametrize(("precision", "tolerance"), [("float64", 1e-9), ("float32", 1e-4), ("tf32", 1e-2)])
def test_the_gpu_s_graphs_give_the_cpu_s_numbers(rng, cuda, precision, tolerance):
    weights, biases, frames, target, initial = arrays(rng, 32, 32, 32, n_frames=40)
    stacks = frames.reshape(2, 20, 32), target.reshape(2, 20, 32), [np.stack([p, p]) for p in initial]
    problems = [
        CouplingsProblem(weights, biases, *stacks, "input", form, device)
        for form, device in (("float64", "cpu"), (precision, "cuda"))
    ]
    losses = [descend(problem, 20, 1e-3).numpy() for problem in problems]
    np.testing.assert_allclose(losses[1], losses[0], rtol=tolerance)
    mappings = [problem.mapping().cpu().numpy() for problem in problems]
    assert np.linalg.norm(mappings[1] - mappings[0]) < 10 * tolerance * np.linalg.norm(mappings[0])
