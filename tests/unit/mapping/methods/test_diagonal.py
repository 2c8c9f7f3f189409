"""The method `diagonal`: the best gains of a segment, and nothing beside the diagonal."""

import numpy as np

from singmap.mapping.diagonal import best_diagonal
from singmap.mapping.method import map_segments
from singmap.mapping.subject import examine
from tests.helpers.examined_stacks import random_frames, random_layers


def test_each_segment_gets_its_best_gains_on_the_diagonal():
    rng = np.random.default_rng(8)
    model, frames = examine(random_layers(rng, 10, 10, 10)), random_frames(rng, 2, 15, 10)
    for segment, result in zip(frames, map_segments("diagonal", model, frames), strict=True):
        gains = best_diagonal(segment, model.output(segment))
        np.testing.assert_array_equal(result.matrix, np.diag(gains))
