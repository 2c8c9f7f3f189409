"""Shares, weighting and errors of a matrix in closed form, and what the curve of a descent records."""

import numpy as np
import pytest

from singmap.mapping.matrix import band_share, curve_measures, input_weighted, mean_weighted, relative_error

N = 64


@pytest.mark.parametrize("width", [0, 1, 3])
def test_band_share_of_a_constant_matrix_counts_cells(width):
    cells = N + 2 * sum(N - k for k in range(1, width + 1))
    assert band_share(np.full((N, N), 0.3), width) == pytest.approx(cells / N**2, rel=1e-12)


def test_band_share_of_a_diagonal_and_of_a_shifted_diagonal():
    assert band_share(np.diag(np.arange(1.0, N)), 0) == 1
    shifted = np.eye(N, k=3)
    assert band_share(shifted, 2) == 0
    assert band_share(shifted, 3) == 1
    assert np.isnan(band_share(np.zeros((N, N)), 0))


def test_input_weighting_scales_columns():
    """Column 0 with weight 3, all else with 1: its share of squared weight is 9 n / (9 n + n (n - 1))."""
    weights = np.ones(N)
    weights[0] = 3
    weighted = input_weighted(np.ones((N, N)), weights)
    assert np.sum(weighted[:, 0] ** 2) / np.sum(weighted**2) == pytest.approx(9 / (9 + N - 1))
    np.testing.assert_allclose(weighted @ np.ones(N), np.ones((N, N)) @ weights)


def test_relative_errors_in_closed_form():
    target = np.array([[3.0, -4.0]])
    assert relative_error(target, 0 * target, 1) == 1
    assert relative_error(target, np.array([[3.0, 0.0]]), 1) == pytest.approx(4 / 7)
    assert relative_error(target, np.array([[3.0, 0.0]]), 2) == pytest.approx(4 / 5)
    assert np.isnan(relative_error(0 * target, target, 1))


def test_the_weighted_mean_weights_each_segment_by_its_own_input():
    """A bin with a gain where it is silent, and none where it sounds, contributed nothing."""
    stack, inputs = np.array([[[1.0]], [[0.0]]]), [np.array([0.0]), np.array([1.0])]
    assert mean_weighted(stack, inputs) == 0
    assert mean_weighted(stack, inputs[::-1]) == 0.5


def test_curves_record_fidelity_and_shares_raw_and_weighted():
    """C = [[1, 0], [1, 1]], frames with means 3 and 1: the columns of C diag(3, 1) are (3, 3) and (0, 1)."""
    matrix, frames = np.array([[1.0, 0], [1, 1]]), np.array([[2.0, 1], [4, 1]])
    measures = curve_measures(matrix, frames, frames @ matrix.T + [[1, 0], [0, 0]])
    assert measures.pop("relative_l1") == pytest.approx(1 / 15)
    assert measures.pop("relative_l2") == pytest.approx(1 / np.sqrt(9 + 9 + 16 + 25))
    expected = {"diagonal_share": 2 / 3, "weighted_diagonal_share": 10 / 19}
    assert measures == pytest.approx({**expected, "band_share_2": 1, "weighted_band_share_2": 1})
