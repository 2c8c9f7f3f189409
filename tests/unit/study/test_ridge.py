"""Ridge fits with intercept against the textbook's: augmented least squares by numpy."""

import numpy as np
import pytest

from singmap.study.ridge import RIDGES, chosen_ridge, from_all, from_band, on_top_of

USED, NEW = np.r_[0:12, 20:40], np.arange(12, 20)


@pytest.fixture
def rng():
    return np.random.default_rng(17)


def textbook(inputs, target, ridge):
    """Estimate on NEW of one target from `inputs` (n_frames, n_inputs), fitted to USED."""
    centre, mean = inputs[USED].mean(axis=0), target[USED].mean()
    x = inputs[USED] - centre
    penalty = np.sqrt(ridge * np.sum(x**2) / len(x)) * np.eye(x.shape[1])
    rows, values = np.vstack([x, penalty]), np.r_[target[USED] - mean, np.zeros(x.shape[1])]
    weights = np.linalg.lstsq(rows, values, rcond=None)[0]
    return (inputs[NEW] - centre) @ weights + mean


@pytest.mark.parametrize("ridge", [1e-3, 0.1, 10])
@pytest.mark.parametrize("n_bins", [9, 60])
def test_from_all_bins_is_the_textbooks_fit(rng, ridge, n_bins):
    frames, targets = rng.random((40, n_bins)), rng.random((40, 3))
    found = from_all(frames)(USED, NEW, targets)(ridge)
    for column, target in zip(found.T, targets.T, strict=True):
        np.testing.assert_allclose(column, textbook(frames, target, ridge), atol=1e-10)


@pytest.mark.parametrize("half_width", [0, 2])
@pytest.mark.parametrize("knots", [None, np.full((2, 9), [[0.3], [0.6]])])
def test_from_a_band_is_the_textbooks_fit_of_its_inputs(rng, half_width, knots):
    frames, bins = rng.random((40, 9)), np.array([0, 4, 7])
    targets = rng.random((40, 3))
    ridges = np.array([0.01, 0.1, 1])
    found = from_band(frames, bins, half_width, knots)(USED, NEW, targets)(ridges)
    for column, bin_number, target, ridge in zip(found.T, bins, targets.T, ridges, strict=True):
        inputs = [frames[:, max(0, bin_number - half_width) : bin_number + half_width + 1]]
        if knots is not None:
            inputs += [np.maximum(0, frames[:, [bin_number]] - knot) for knot in (0.3, 0.6)]
        np.testing.assert_allclose(column, textbook(np.hstack(inputs), target, ridge), atol=1e-10)


def test_an_offset_is_free(rng):
    frames = rng.random((40, 9))
    offset = np.full((40, 1), 7.0)
    for fitter in (from_all(frames), from_band(frames, np.array([3]), 1)):
        np.testing.assert_allclose(fitter(USED, NEW, offset)(1000.0), 7)


def test_silence_is_estimated_by_the_mean(rng):
    silence, targets = np.zeros((40, 9)), rng.random((40, 1))
    with np.errstate(all="raise"):
        for fitter in (from_all(silence), from_band(silence, np.array([3]), 1)):
            np.testing.assert_allclose(fitter(USED, NEW, targets)(0.1), targets[USED].mean())


def test_what_stands_on_top_explains_what_the_base_leaves(rng):
    """Bin 8 makes the target, and the base sees bin 3 alone: the fit on top finds it."""
    frames = rng.random((40, 9))
    targets = frames[:, [8]] + frames[:, [3]]
    base, upper = from_band(frames, np.array([3]), 0), from_all(frames)
    both = on_top_of(base, np.array([1e-6]), upper)
    np.testing.assert_allclose(both(USED, NEW, targets)(1e-6), targets[NEW], atol=1e-3)
    alone = base(USED, NEW, targets)(1e-6)
    np.testing.assert_allclose(both(USED, NEW, targets)(1e9), alone, atol=1e-6)
    assert np.abs(alone - targets[NEW]).max() > 0.1


def test_ridges_are_the_best_on_held_out_blocks_each_target_its_own(rng):
    frames = rng.random((40, 9))
    targets = np.column_stack([frames[:, 3], rng.random(40), frames[:, 5] + rng.random(40) / 2])
    blocks = np.array_split(np.arange(40), 4)
    found = chosen_ridge(from_all(frames), targets, blocks)

    def error(target, ridge):
        total = 0.0
        for held in blocks:
            used = np.setdiff1d(np.arange(40), held)
            estimate = from_all(frames)(used, held, targets)(ridge)[:, target]
            total += np.sum((estimate - targets[held, target]) ** 2)
        return total

    for target, ridge in enumerate(found):
        assert ridge == min(RIDGES, key=lambda candidate, target=target: error(target, candidate))
    assert found[0] == RIDGES[0]
    assert found[1] > 0.1
