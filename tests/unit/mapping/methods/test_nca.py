"""The method `nca` is the algorithm of mapping.nca from the starts and biases that the settings name."""

from dataclasses import replace

import numpy as np

from singmap.mapping.method import map_segments
from singmap.mapping.nca import neural_couplings, xavier_couplings
from singmap.mapping.subject import examine
from tests.helpers.examined_stacks import SHORT, random_frames, random_layers


def test_nca_is_the_plain_function_from_seeded_starts():
    rng = np.random.default_rng(8)
    model, frames = examine(random_layers(rng, 10, 10, 10)), random_frames(rng, 2, 15, 10)
    result = map_segments("nca", model, frames, SHORT, starts=[5, 6])[1]
    weights = [layer.weight.numpy() for layer in model.layers]
    biases = [layer.bias.numpy() for layer in model.layers]
    alone = neural_couplings(
        weights, biases, frames[1], model.output(frames[1]), xavier_couplings([10, 10], 6), 20, 1e-3
    )
    np.testing.assert_allclose(result.matrix, alone.mapping, atol=1e-12)
    np.testing.assert_allclose(result.curve["loss"][:-1], alone.losses, rtol=1e-12)
    assert list(result.curve.dropna()["iteration"]) == [0, 10, 20]


def test_layers_that_are_not_square_have_their_bias_on_the_axis_that_fits():
    """Whatever the setting, which other models of the same study may need."""
    rng = np.random.default_rng(9)
    model, frames = examine(random_layers(rng, 10, 6, 10)), random_frames(rng, 1, 15, 10)
    by_axis = [
        map_segments("nca", model, frames, replace(SHORT, bias_axis=axis))[0].matrix
        for axis in ("input", "output")
    ]
    np.testing.assert_array_equal(*by_axis)
