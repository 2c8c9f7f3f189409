"""The best static gains, against closed forms and NumPy's own least squares."""

import numpy as np
import pytest

from singmap.spectra.static_gains import best_gains


def test_gains_are_least_squares_of_each_bin_over_all_blocks():
    x, y = np.random.default_rng(0).gamma(1.0, size=(2, 90, 5)).astype(np.float32)
    expected = [np.linalg.lstsq(x[:, [k]], y[:, k], rcond=None)[0][0] for k in range(5)]
    blocks = [(x[:7], y[:7]), (x[7:50], y[7:50]), (x[50:], y[50:])]
    np.testing.assert_allclose(best_gains(blocks), expected, rtol=1e-6)


def test_planted_gains_come_back_and_silent_bins_have_none():
    x = np.random.default_rng(1).gamma(1.0, size=(40, 4))
    x[:, 2] = 0
    gains = np.array([0.3, 0.0, 0.5, 2.0])
    np.testing.assert_allclose(best_gains([(x, x * gains)]), [0.3, 0, 0, 2], rtol=1e-12)


def test_many_loud_frames_are_summed_in_double_precision():
    """In single precision a sum stops growing at 2^24 ones."""
    x = np.full((5000, 1), 4000.0, np.float32)
    y = np.ones((5000, 1), np.float32)
    (gain,) = best_gains((x, y) for _ in range(20))
    assert gain == pytest.approx(1 / 4000, rel=1e-12)


def test_channels_share_their_gains():
    x, y = np.random.default_rng(2).gamma(1.0, size=(2, 3, 20, 4))
    flat = [(part.reshape(60, 4)) for part in (x, y)]
    np.testing.assert_allclose(best_gains([(x, y)]), best_gains([tuple(flat)]), rtol=1e-14)


def test_products_may_be_rounded_before_they_are_summed():
    """Of 1 + 2^-12 the square in float32 is 1 + 2^-11: the rest, 2^-24, is rounded away."""
    x = np.full((1, 1), 1 + 2.0**-12, np.float32)
    (exact,), (rounded,) = best_gains([(x, x**0)]), best_gains([(x, x**0)], np.float32)
    assert exact == pytest.approx(float(x[0, 0]) / (1 + 2.0**-11 + 2.0**-24), rel=1e-15)
    assert rounded == pytest.approx(float(x[0, 0]) / (1 + 2.0**-11), rel=1e-15)
