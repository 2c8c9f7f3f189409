"""The result of a method without iterations has a curve all the same."""

import numpy as np
import pytest

from singmap.mapping.result import direct_result


def test_a_direct_result_has_a_curve_of_one_row():
    frames, output = np.array([[1.0, 0], [0, 1]]), np.array([[1.0, 0], [1, 4]])
    result = direct_result(np.array([[1.0, 1], [0, 2]]), frames, output)
    (row,) = result.curve.to_dict("records")
    assert row["iteration"] == 0
    assert row["loss"] == pytest.approx(2), "|[[1, 0], [1, 4]] - [[1, 0], [1, 2]]|"
    assert row["relative_l1"] == pytest.approx(2 / 6)
    assert row["diagonal_share"] == pytest.approx(5 / 6)
