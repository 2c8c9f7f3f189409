"""From magnitudes to estimates: the ratio mask, the mixture's phase, and the rest as accompaniment."""

import numpy as np

from singmap.separation.mixture import accompaniment_of, ratio_mask, with_mixture_phase


def test_ratio_mask_and_phase():
    np.testing.assert_allclose(ratio_mask(np.array([1.0, 0, 3]), np.array([1.0, 0, 1])), [0.5, 0, 0.9])
    spectrum = np.array([3j, 0, -2])
    np.testing.assert_allclose(with_mixture_phase(spectrum, np.array([1.0, 1, 4])), [1j, 0, -4])


def test_accompaniment_is_the_rest():
    np.testing.assert_array_equal(accompaniment_of(np.array([[3.0, 1]]), np.array([[1.0, 1]])), [[2, 0]])
