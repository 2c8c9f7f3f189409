"""The Jacobian of a function against that of the layers behind it, and against its differences."""

import numpy as np
import pytest
import torch

from singmap.mapping.function_jacobian import jacobian_rows, mean_function_jacobian
from singmap.mapping.jacobian import local_jacobian
from singmap.mapping.subject import examine
from singmap.models.layers import apply_layers
from singmap.runtime.errors import InputError
from tests.helpers.examined_stacks import random_frames, random_layers


def as_function(layers, skip_filtering):
    return examine(lambda frames: apply_layers(layers, frames, skip_filtering))


def test_rows_are_those_of_the_local_matrices_in_the_order_asked_for():
    rng = np.random.default_rng(5)
    layers, frames = random_layers(rng, 8, 6, 8), random_frames(rng, 4, 8)
    local = np.stack([local_jacobian(layers, frame, True)[0] for frame in frames])
    rows = dict(jacobian_rows(as_function(layers, True), frames, [5, 2]))
    assert list(rows) == [5, 2]
    for output_bin, found in rows.items():
        np.testing.assert_allclose(found, local[:, output_bin], atol=1e-13)


def test_a_smooth_function_has_its_slopes():
    frames = random_frames(np.random.default_rng(6), 5, 7)
    model = examine(lambda x: torch.tanh(x.roll(1, dims=1)) * x)
    step = 1e-6
    expected = np.zeros((7, 7))
    for column in range(7):
        moved = frames.copy()
        moved[:, column] += step
        expected[:, column] = ((model.output(moved) - model.output(frames)) / step).mean(axis=0)
    np.testing.assert_allclose(mean_function_jacobian(model, frames, weighted=False), expected, atol=1e-5)


def test_what_cannot_be_differentiated_is_told():
    model = examine(lambda x: torch.from_numpy(np.sqrt(x.detach().numpy())))
    with pytest.raises(InputError, match="expected an output that PyTorch can differentiate"):
        mean_function_jacobian(model, np.ones((2, 3)), weighted=False)
