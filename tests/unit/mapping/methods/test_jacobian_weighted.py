"""The method `jacobian_weighted` is the input-weighted average of the matrices of single frames."""

import numpy as np
import pytest

from singmap.mapping.jacobian import local_jacobian
from singmap.mapping.method import map_segments
from singmap.mapping.methods.jacobian import mean_jacobian
from singmap.mapping.methods.jacobian_weighted import weighted_mean_jacobian
from singmap.mapping.subject import examine
from tests.helpers.examined_stacks import STACKS, random_frames, random_layers


@pytest.fixture(params=STACKS, ids=str)
def stack(request):
    widths, skip_filtering = request.param
    rng = np.random.default_rng(11)
    return random_layers(rng, *widths), random_frames(rng, 12, widths[0]), skip_filtering


def test_the_average_equals_the_weighted_one_of_the_single_matrices(stack):
    layers, frames, skip_filtering = stack
    single = np.stack([local_jacobian(layers, frame, skip_filtering)[0] for frame in frames])
    weighted = (single * frames[:, None, :]).sum(axis=0) / frames.sum(axis=0)
    np.testing.assert_allclose(
        weighted_mean_jacobian(layers, frames, skip_filtering), weighted, rtol=0, atol=1e-13
    )
    (result,) = map_segments("jacobian_weighted", examine(layers, skip_filtering), frames[None])
    np.testing.assert_array_equal(result.matrix, weighted_mean_jacobian(layers, frames, skip_filtering))


def test_a_silent_bin_has_no_input_weighted_average():
    rng = np.random.default_rng(2)
    layers, frames = random_layers(rng, 5, 5, 5), random_frames(rng, 4, 5)
    frames[:, 2] = 0
    matrix = weighted_mean_jacobian(layers, frames)
    assert np.isfinite(matrix).all()
    assert not matrix[:, 2].any()
    assert mean_jacobian(layers, frames)[:, 2].any()
