import numpy as np
import pytest

from singmap.study.drawn_bins import drawn_bins

PARTS = np.array([0.0, 5, 1, 0, 3, 7, 0.5, 0])


@pytest.mark.parametrize("n_drawn", [1, 3, 7])
def test_over_all_starts_each_bin_has_its_part(n_drawn):
    total = np.zeros(len(PARTS))
    starts = (np.arange(3300) + 0.5) / 3300
    for start in starts:
        bins, shares = drawn_bins(PARTS, n_drawn, start)
        assert shares.sum() == pytest.approx(1)
        total[bins] += shares
    np.testing.assert_allclose(total / len(starts), PARTS / PARTS.sum(), atol=1e-3)


def test_as_many_as_there_are_bins_are_all_that_have_a_part():
    bins, shares = drawn_bins(PARTS, len(PARTS), 0.3)
    assert bins.tolist() == [1, 2, 4, 5, 6]
    np.testing.assert_allclose(shares, PARTS[bins] / 16.5)


def test_the_last_step_stays_on_the_last_bin_with_a_part():
    assert drawn_bins(np.array([1.0, 2, 0, 0]), 1, 1.0)[0].tolist() == [1]
