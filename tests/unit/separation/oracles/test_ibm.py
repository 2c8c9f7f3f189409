"""The oracle `ibm`, the ideal binary mask, keeps the bins where the target is louder."""

import numpy as np

from singmap.separation.oracles.ibm import estimate
from tests.helpers.separated_signals import whole_spectra


def test_it_keeps_the_bins_where_the_target_is_louder(track):
    mixture, target, rest = whole_spectra(track)
    kept = np.where(np.abs(target) > np.abs(rest), mixture, 0)
    np.testing.assert_allclose(estimate(track)[0], track.estimates([kept])[0], atol=1e-6)
