"""A stack of dense layers is applied from input to output, with or without a mask at its end."""

import numpy as np
import pytest
import torch

from singmap.models.layers import apply_layers, checked_layers
from singmap.runtime.errors import InputError

SMALL = [
    (np.array([[1.0, -2.0], [0.5, 0.0]]), np.array([0.0, -1.0]), "relu"),
    (np.ones((1, 2)), [0.5], "linear"),
]


def test_layers_are_applied_from_input_to_output():
    layers = checked_layers(SMALL, skip_filtering=False)
    frames = torch.tensor([[3.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
    # By hand: ReLU(3 - 2, 1.5 - 1) = (1, 0.5), and ReLU(1 - 2, 0.5 - 1) = 0.
    assert apply_layers(layers, frames).tolist() == [[2.0], [0.5]]


def test_a_mask_multiplies_the_input():
    layers = checked_layers(SMALL[:1], skip_filtering=True)
    frames = torch.tensor([[3.0, 1.0]], dtype=torch.float64)
    assert apply_layers(layers, frames, skip_filtering=True).tolist() == [[3.0, 0.5]]


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(InputError, match="skip connection: expected as many outputs as inputs"):
        checked_layers(SMALL, skip_filtering=True)
