"""The best diagonal against a solver of least squares."""

import numpy as np
import pytest

from singmap.mapping.diagonal import best_diagonal


def test_best_diagonal_is_that_of_least_squares():
    rng = np.random.default_rng(5)
    frames, target = rng.random((30, 4)), rng.random((30, 4))
    frames[:, 3] = 0
    gains = best_diagonal(frames, target)
    for k in range(3):
        assert gains[k] == pytest.approx(np.linalg.lstsq(frames[:, k : k + 1], target[:, k])[0][0], rel=1e-12)
    assert gains[3] == 0
