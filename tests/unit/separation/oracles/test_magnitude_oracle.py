"""The oracle `magnitude_oracle` knows the true magnitudes and takes the mixture's phase."""

import dataclasses

import numpy as np

from singmap.separation.oracles.magnitude_oracle import estimate


def test_a_target_with_the_phase_of_the_mixture_comes_back(track):
    in_phase = dataclasses.replace(track, mixture=2 * track.target)
    np.testing.assert_allclose(estimate(in_phase)[0], track.target, atol=1e-5)


def test_it_knows_magnitudes_alone(track):
    inverted = dataclasses.replace(track, read_sources=lambda: (-track.target, track.rest))
    np.testing.assert_array_equal(estimate(inverted)[0], estimate(track)[0])
