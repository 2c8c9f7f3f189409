"""The baseline `mixture`: the mixture stands for every source."""

import numpy as np

from singmap.separation.oracles.mixture import estimate


def test_the_mixture_stands_for_both(track):
    target, accompaniment = estimate(track)
    np.testing.assert_array_equal(target, track.mixture)
    np.testing.assert_array_equal(accompaniment, track.mixture)
