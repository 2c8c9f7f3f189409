"""Coded matrices keep sign, size and diagonal: on planted matrices, and cell by cell against plain loops."""

import numpy as np
import pytest

from singmap.report.matrix_codes import (
    BANDS_PER_OCTAVE,
    EXACT_TO_HZ,
    cell_gains,
    cell_starts,
    decode_levels,
    decode_matrix,
    encode_levels,
    encode_matrix,
)

# Bins of 100 Hz to 22 kHz: the first 31 are cells of their own, the last bands hold three.
FREQUENCIES_HZ = np.arange(221) * 100.0
STARTS = cell_starts(FREQUENCIES_HZ)
ENDS = np.append(STARTS[1:], len(FREQUENCIES_HZ))
WIDE = ENDS - STARTS > 1


def decoded(matrix):
    return decode_matrix(encode_matrix(matrix, STARTS), STARTS)


def half_step(matrix):
    """Largest factor by which a code's gain may lie off."""
    return 10 ** (encode_matrix(matrix, STARTS)["step_db"] / 40) * (1 + 1e-9)


def test_bins_stay_exact_to_3_khz_and_bands_stay_narrow_above():
    for n_bins in (2, 10, 513, 2049):
        frequencies_hz = np.linspace(0, 22050, n_bins)
        starts = cell_starts(frequencies_hz)
        ends = np.append(starts[1:], n_bins)
        assert starts[0] == 0
        assert (ends > starts).all(), "cells cover all bins once"
        wide = ends - starts > 1
        assert frequencies_hz[starts[wide]].min(initial=np.inf) > EXACT_TO_HZ
        assert (ends[wide] / starts[wide]).max(initial=1) <= 2 ** (1 / BANDS_PER_OCTAVE) + 1e-12
        assert (np.diff(ends - starts)[:-1] >= 0).all(), "higher bands are never narrower, but for the rest"
    assert len(starts) < 450, "small enough to draw at once"


def test_the_identity_stays_at_one_on_the_diagonal_and_at_nothing_beside_it():
    cells = decoded(np.eye(221))
    np.testing.assert_allclose(cells.diagonal, 1, rtol=1e-12)
    expected = np.diag(np.where(WIDE, 0.0, 1.0))
    np.testing.assert_allclose(cells.rms, expected, rtol=1e-12)
    np.testing.assert_allclose(cells.mean, expected, rtol=1e-12)


def test_a_dense_background_is_as_high_in_wide_cells_as_in_narrow_ones():
    cells = decoded(np.full((221, 221), -0.3))
    for part in (cells.mean, cells.diagonal):
        np.testing.assert_allclose(part, -0.3, rtol=1e-12)
    np.testing.assert_allclose(cells.rms, 0.3, rtol=1e-12)


def test_a_shifted_diagonal_is_exact_below_3_khz_and_its_energy_is_kept_above():
    shifted = np.eye(221, k=-4)  # every bin feeds the fourth above it
    cells = cell_gains(shifted, STARTS)
    exact = ~WIDE
    np.testing.assert_array_equal(
        cells.rms[np.ix_(exact, exact)], shifted[np.ix_(STARTS, STARTS)][np.ix_(exact, exact)]
    )
    assert not cells.diagonal.any()
    counts = np.outer(ENDS - STARTS, ENDS - STARTS)
    assert np.sum(np.square(cells.rms) * counts) == pytest.approx(217), "no cell on the diagonal is met"
    factor, met = half_step(shifted), cells.rms > 0
    ratios = decoded(shifted).rms[met] / cells.rms[met]
    assert 1 / factor <= ratios.min() <= ratios.max() <= factor


def test_mean_and_root_mean_square_tell_gains_that_cancel_from_gains_that_add():
    """Against plain loops over all cells, on gains of random sign with a strong diagonal."""
    generator = np.random.default_rng(0)
    matrix = generator.normal(0, 0.05, (221, 221)) - np.diag(generator.uniform(0.5, 1, 221))
    cells = cell_gains(matrix, STARTS)
    for row, output in enumerate(zip(STARTS, ENDS, strict=True)):
        blocks = [
            np.array(
                [matrix[o, i] for o in range(*output) for i in range(*inputs) if o != i or not WIDE[row]]
            )
            for inputs in zip(STARTS, ENDS, strict=True)
        ]
        np.testing.assert_allclose(cells.mean[row], [block.mean() for block in blocks], rtol=1e-9)
        squares = [np.square(block).mean() for block in blocks]
        np.testing.assert_allclose(cells.rms[row], np.sqrt(squares), rtol=1e-9)
    shown, factor = decoded(matrix), half_step(matrix)
    for found, true in ((shown.rms, cells.rms), (shown.mean, cells.mean), (shown.diagonal, cells.diagonal)):
        kept = found != 0
        assert kept.mean() > 0.95
        assert (found[kept] / true[kept] >= 1 / factor).all(), "sign and size"
        assert (found[kept] / true[kept] <= factor).all()


def test_what_lies_60_db_below_the_largest_gain_is_zero():
    matrix = np.full((221, 221), 1e-2)
    matrix[3, 5], matrix[7, 5] = -1, 0.9e-3
    cells = decoded(matrix)
    assert cells.mean[3, 5] == pytest.approx(-1)
    assert cells.mean[7, 5] == 0


def test_one_wild_gain_does_not_hide_the_others():
    matrix = np.full((221, 221), 1e-2)
    matrix[3, 5] = 100
    cells = decoded(matrix)
    assert cells.mean[3, 5] == pytest.approx(100)
    assert cells.mean[3, 6] == pytest.approx(1e-2, rel=0.06)


def test_zeros_stay_zeros():
    cells = decoded(np.zeros((221, 221)))
    assert not cells.rms.any()
    assert not cells.diagonal.any()


def test_levels_come_back_to_half_a_step():
    levels = np.geomspace(1, 2e-3, 221)
    np.testing.assert_allclose(decode_levels(encode_levels(levels)), levels, rtol=0.03)
