"""The method `jacobian` is the average of the matrices of single frames."""

import numpy as np
import pytest

from singmap.mapping.jacobian import local_jacobian
from singmap.mapping.method import map_segments
from singmap.mapping.methods.jacobian import mean_jacobian
from singmap.mapping.subject import examine
from singmap.models.layers import Layer
from tests.helpers.examined_stacks import STACKS, random_frames, random_layers


@pytest.fixture(params=STACKS, ids=str)
def stack(request):
    widths, skip_filtering = request.param
    rng = np.random.default_rng(11)
    return random_layers(rng, *widths), random_frames(rng, 12, widths[0]), skip_filtering


def test_the_average_equals_that_of_the_single_matrices(stack):
    layers, frames, skip_filtering = stack
    single = np.stack([local_jacobian(layers, frame, skip_filtering)[0] for frame in frames])
    np.testing.assert_allclose(
        mean_jacobian(layers, frames, skip_filtering), single.mean(axis=0), rtol=0, atol=1e-13
    )
    (result,) = map_segments("jacobian", examine(layers, skip_filtering), frames[None])
    np.testing.assert_array_equal(result.matrix, mean_jacobian(layers, frames, skip_filtering))


def test_linear_layers_give_their_product_at_every_frame():
    rng = np.random.default_rng(3)
    layers = [Layer(layer.weight, layer.bias, "linear") for layer in random_layers(rng, 6, 6, 6)]
    expected = (layers[1].weight @ layers[0].weight).numpy()
    np.testing.assert_allclose(mean_jacobian(layers, -random_frames(rng, 3, 6)), expected, atol=1e-14)
