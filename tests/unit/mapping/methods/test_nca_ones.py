"""The method `nca_ones`: couplings that are all one, against their closed form."""

import numpy as np
import pytest

from singmap.mapping.method import map_segments
from singmap.mapping.subject import examine
from tests.helpers.examined_stacks import SHORT, random_frames, random_layers


def test_couplings_of_one_weigh_each_row_by_its_sum():
    """B = ReLU((W + b) 1) * W: row i of W times the positive part of row i's sum over W + b."""
    rng = np.random.default_rng(8)
    layers, frames = random_layers(rng, 10, 10, 10), random_frames(rng, 2, 15, 10)
    expected = np.eye(10)
    for layer in layers:
        weight, bias = layer.weight.numpy(), layer.bias.numpy()
        expected = np.maximum(0, (weight + bias).sum(axis=1))[:, None] * weight @ expected
    for result in map_segments("nca_ones", examine(layers), frames, SHORT, starts=[3, 4]):
        np.testing.assert_allclose(result.matrix, expected, atol=1e-12)
        assert list(result.curve["iteration"]) == [0]
        assert result.curve.notna().all(axis=None)
    assert np.abs(expected).max() == pytest.approx(np.abs(result.matrix).max())
