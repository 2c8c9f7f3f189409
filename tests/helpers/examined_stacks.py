"""Small random networks that the tests of the mapping methods examine."""

import itertools

import numpy as np
import torch

from singmap.mapping.settings import DescentSettings, MappingSettings
from singmap.models.layers import Layer

# Widths and whether the output is a mask of the input: what the Jacobian's methods are tried on.
STACKS = [
    ((8, 8), False),
    ((8, 8, 8), True),
    ((8, 8, 8), False),
    ((8, 6, 7, 9), False),
    ((8, 8, 8, 8, 8), True),
]
SHORT = MappingSettings(
    DescentSettings(20, 1e-3),
    DescentSettings(400, 1e-2, 0.3),
    precision="float64",
    record_every_iterations=10,
)


def random_layers(rng: np.random.Generator, *widths: int) -> list[Layer]:
    """ReLU layers of float64 numbers between the given widths, from input to output."""
    return [
        Layer(torch.from_numpy(rng.standard_normal((n_out, n_in)) / np.sqrt(n_in)),
              torch.from_numpy(rng.standard_normal(n_out) / 4), "relu")
        for n_in, n_out in itertools.pairwise(widths)
    ]  # fmt: skip


def random_frames(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Magnitude-like frames."""
    return np.abs(rng.standard_normal(shape))
