"""The local linear form of a stack, against the Jacobian that mapping.jacobian gives of whole frames."""

import numpy as np
import pytest
import torch

from singmap.mapping.jacobian import local_jacobian
from singmap.mapping.subject import examine
from singmap.models.layers import apply_layers
from singmap.runtime.errors import InputError
from singmap.study.local_stack import local_stack, matrix_rows
from tests.helpers.examined_stacks import STACKS, random_frames, random_layers

SQUARE = [(widths, skip) for widths, skip in STACKS if widths[0] == widths[-1]]


@pytest.mark.parametrize(("widths", "skip"), SQUARE)
def test_rows_are_those_of_the_jacobian_of_the_plain_stack(rng, widths, skip):
    layers, frames = random_layers(rng, *widths), random_frames(rng, 3, widths[0])
    stack = local_stack(examine(layers, skip), frames)
    rows = torch.tensor([5, 0, 6])
    for frame in range(3):
        expected, _ = local_jacobian(layers, frames[frame])
        np.testing.assert_allclose(matrix_rows(stack, frame, rows), expected[rows], atol=1e-12)


@pytest.mark.parametrize(("widths", "skip"), SQUARE)
def test_linear_part_and_biases_make_the_output(rng, widths, skip):
    layers, frames = random_layers(rng, *widths), random_frames(rng, 4, widths[0])
    stack = local_stack(examine(layers, skip), frames)
    expected = apply_layers(layers, torch.from_numpy(frames), skip)
    np.testing.assert_allclose(stack.output, expected, atol=1e-12)
    np.testing.assert_allclose(stack.factor * (stack.linear + stack.bias), expected, atol=1e-12)
    for frame in range(4):
        jacobian, offset = local_jacobian(layers, frames[frame])
        np.testing.assert_allclose(stack.linear[frame], jacobian @ frames[frame], atol=1e-12)
        np.testing.assert_allclose(stack.bias[frame], offset, atol=1e-12)


def test_models_without_layers_or_with_other_bins_are_refused(rng):
    frames = random_frames(rng, 2, 8)
    with pytest.raises(InputError, match="known layers"):
        local_stack(examine(torch.nn.Identity()), frames)
    with pytest.raises(InputError, match=r"8 output bins.*found 9"):
        local_stack(examine(random_layers(rng, 8, 9)), frames)
