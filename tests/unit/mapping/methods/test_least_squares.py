"""The method `least_squares`: the normal equations, and a ridge that is chosen on held-out frames."""

import numpy as np
import pytest

from singmap.mapping.methods.least_squares import RIDGES, best_matrix, choose_ridge


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_without_noise_the_matrix_is_recovered(rng):
    truth, frames = rng.standard_normal((4, 6)), rng.random((50, 6))
    np.testing.assert_allclose(best_matrix(frames, frames @ truth.T, ridge=1e-12), truth, atol=1e-8)


@pytest.mark.parametrize("n_frames", [5, 40])
def test_solution_fulfils_the_normal_equations(rng, n_frames):
    """C (X^T X + r e I) = Y^T X, with fewer and with more frames than bins."""
    frames, target, ridge = rng.random((n_frames, 12)), rng.random((n_frames, 12)), 0.3
    energy = np.sum(frames**2) / n_frames
    left = best_matrix(frames, target, ridge) @ (frames.T @ frames + ridge * energy * np.eye(12))
    np.testing.assert_allclose(left, target.T @ frames, atol=1e-10)


def test_ridge_grows_with_noise(rng):
    truth, frames = rng.standard_normal((20, 20)), rng.random((60, 20))
    clean = frames @ truth.T
    noisy = clean + 20 * rng.standard_normal(clean.shape)
    assert choose_ridge(frames, clean) == RIDGES[0]
    assert choose_ridge(frames, noisy) > 1000 * RIDGES[0]


def test_ridge_is_the_best_on_held_out_blocks(rng):
    frames, truth = rng.random((30, 10)), rng.standard_normal((10, 10))
    target = frames @ truth.T + rng.standard_normal((30, 10))

    def held_out_error(ridge):
        error = 0.0
        for held in np.array_split(np.arange(30), 5):
            used = np.setdiff1d(np.arange(30), held)
            matrix = best_matrix(frames[used], target[used], ridge)
            error += np.sum((target[held] - frames[held] @ matrix.T) ** 2)
        return error

    assert choose_ridge(frames, target) == min(RIDGES, key=held_out_error)


def test_folds_without_sound_to_learn_from_do_not_choose_the_ridge(rng):
    """Sound in the second of five blocks only: no fold can be told from silence, and none divides by zero."""
    frames, target = np.zeros((50, 20)), np.zeros((50, 20))
    frames[10:20], target[10:20] = rng.random((10, 20)), rng.random((10, 20))
    with np.errstate(all="raise"):
        assert choose_ridge(frames, target) == choose_ridge(frames[10:11], target[10:11]) == RIDGES[-1]
