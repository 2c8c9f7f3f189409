import numpy as np
import pytest
import torch

from singmap.mapping.jacobian import local_jacobian, mean_jacobian, weighted_mean_jacobian
from singmap.mapping.subject import apply_layers
from singmap.models.network import Layer
from tests.unit.examined_stacks import random_frames, random_layers

STACKS = [
    ((8, 8), False),
    ((8, 8, 8), True),
    ((8, 8, 8), False),
    ((8, 6, 7, 9), False),
    ((8, 8, 8, 8, 8), True),
]


@pytest.fixture(params=STACKS, ids=str)
def stack(request):
    widths, skip_filtering = request.param
    rng = np.random.default_rng(11)
    return random_layers(rng, *widths), random_frames(rng, 12, widths[0]), skip_filtering


def by_autograd(layers, frame, skip_filtering):
    def output(x):
        return apply_layers(layers, x[None], skip_filtering)[0]

    return torch.autograd.functional.jacobian(output, torch.from_numpy(frame)).numpy()


def test_local_matrix_equals_autograd_and_decomposes_the_output_exactly(stack):
    layers, frames, skip_filtering = stack
    output = apply_layers(layers, torch.from_numpy(frames), skip_filtering).numpy()
    for frame, expected in zip(frames, output, strict=True):
        jacobian, offset = local_jacobian(layers, frame, skip_filtering)
        np.testing.assert_allclose(jacobian, by_autograd(layers, frame, skip_filtering), rtol=0, atol=1e-13)
        np.testing.assert_allclose(jacobian @ frame + offset, expected, rtol=0, atol=1e-13)
    beside = frames[0] * (1 + 1e-9)  # same active units: the same matrix and offset hold there
    jacobian, offset = local_jacobian(layers, frames[0], skip_filtering)
    moved = apply_layers(layers, torch.from_numpy(beside[None]), skip_filtering)[0].numpy()
    curvature = 1e-17 if skip_filtering else 0  # the mask moves with the input, to second order
    np.testing.assert_allclose(jacobian @ beside + offset, moved, rtol=0, atol=1e-14 + curvature)


def test_averages_equal_those_of_the_single_matrices(stack):
    layers, frames, skip_filtering = stack
    single = np.stack([local_jacobian(layers, frame, skip_filtering)[0] for frame in frames])
    np.testing.assert_allclose(
        mean_jacobian(layers, frames, skip_filtering), single.mean(axis=0), rtol=0, atol=1e-13
    )
    weighted = (single * frames[:, None, :]).sum(axis=0) / frames.sum(axis=0)
    np.testing.assert_allclose(
        weighted_mean_jacobian(layers, frames, skip_filtering), weighted, rtol=0, atol=1e-13
    )


def test_a_silent_bin_has_no_input_weighted_average():
    rng = np.random.default_rng(2)
    layers, frames = random_layers(rng, 5, 5, 5), random_frames(rng, 4, 5)
    frames[:, 2] = 0
    matrix = weighted_mean_jacobian(layers, frames)
    assert np.isfinite(matrix).all()
    assert not matrix[:, 2].any()
    assert mean_jacobian(layers, frames)[:, 2].any()


def test_linear_layers_give_their_product_at_every_frame():
    rng = np.random.default_rng(3)
    layers = [Layer(layer.weight, layer.bias, "linear") for layer in random_layers(rng, 6, 6, 6)]
    expected = (layers[1].weight @ layers[0].weight).numpy()
    np.testing.assert_allclose(mean_jacobian(layers, -random_frames(rng, 3, 6)), expected, atol=1e-14)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_frame_that_silences_a_layer_has_a_zero_matrix(dtype):
    dead = [Layer(-torch.eye(3, dtype=dtype), torch.zeros(3, dtype=dtype), "relu")] * 2
    jacobian, offset = local_jacobian(dead, np.ones(3, dtype=dead[0].weight.numpy().dtype))
    assert not jacobian.any()
    assert not offset.any()
