"""Mean Jacobians are the same by layers and by differentiation."""

import numpy as np
import pytest

from singmap.mapping.method import map_segments
from singmap.mapping.subject import examine
from singmap.models.layers import apply_layers
from tests.helpers.examined_stacks import STACKS, random_frames, random_layers


@pytest.mark.parametrize("method", ["jacobian", "jacobian_weighted"])
@pytest.mark.parametrize(("widths", "skip_filtering"), STACKS, ids=str)
def test_a_function_has_the_matrix_of_its_layers(method, widths, skip_filtering):
    rng = np.random.default_rng(4)
    layers, frames = random_layers(rng, *widths), random_frames(rng, 2, 12, widths[0])
    frames[:, :, 3] = 0  # a silent bin: its column is zero where the input weighs
    known = examine(layers, skip_filtering)
    function = examine(lambda frames: apply_layers(layers, frames, skip_filtering))
    pairs = zip(map_segments(method, known, frames), map_segments(method, function, frames), strict=True)
    for of_layers, of_function in pairs:
        np.testing.assert_allclose(of_function.matrix, of_layers.matrix, rtol=0, atol=1e-12)
