"""The Jacobian in closed form around one frame, against autograd."""

import numpy as np
import pytest
import torch

from singmap.mapping.jacobian import local_jacobian
from singmap.models.layers import Layer, apply_layers
from tests.helpers.examined_stacks import STACKS, random_frames, random_layers


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


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_frame_that_silences_a_layer_has_a_zero_matrix(dtype):
    dead = [Layer(-torch.eye(3, dtype=dtype), torch.zeros(3, dtype=dtype), "relu")] * 2
    jacobian, offset = local_jacobian(dead, np.ones(3, dtype=dead[0].weight.numpy().dtype))
    assert not jacobian.any()
    assert not offset.any()
