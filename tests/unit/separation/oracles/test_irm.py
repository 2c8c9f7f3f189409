"""The oracle `irm`, the ideal ratio mask, against the formula in powers."""

import numpy as np

from singmap.separation.oracles.irm import estimate
from tests.helpers.separated_signals import whole_spectra


def test_it_is_the_wiener_filter_of_the_true_powers(track):
    mixture, target, rest = whole_spectra(track)
    mask = np.abs(target) ** 2 / np.maximum(np.abs(target) ** 2 + np.abs(rest) ** 2, 1e-30)
    np.testing.assert_allclose(estimate(track)[0], track.estimates([mixture * mask])[0], atol=1e-6)
