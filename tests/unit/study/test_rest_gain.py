"""The gain of the rest, where it is known what other bins can tell."""

import numpy as np
import pytest

from singmap.mapping.planted import planted_frames, true_matrix
from singmap.study.rest_gain import MEASURES, GainSettings, alternating_halves, rest_gain

BINS, LOBE = 24, 2
ALL_BINS = GainSettings(output_bins=BINS)


@pytest.fixture
def rng():
    return np.random.default_rng(9)


@pytest.fixture
def frames(rng):
    return planted_frames(600, BINS, rng)


def measured(mixture, output, settings=ALL_BINS, overlap_frames=0):
    return rest_gain(mixture, output, LOBE, overlap_frames, settings, seed=1)


@pytest.mark.parametrize("offset", [0, 3])
@pytest.mark.parametrize("scale", [1, 1000])
def test_identity_is_explained_by_everything_whatever_its_scale_and_offset(frames, offset, scale):
    values = measured(frames, scale * frames + offset)
    for name in MEASURES:
        assert values[name] == pytest.approx(0 if name.endswith("gain") else 1, abs=1e-4), name


def test_a_band_needs_the_band(rng, frames):
    values = measured(frames, frames @ true_matrix("banded", BINS, rng).T)
    assert values["r2_diagonal"] < 0.9
    assert values["r2_band"] == pytest.approx(1, abs=1e-4)
    assert values["rest_gain"] == pytest.approx(0, abs=1e-4)
    assert values["added_gain"] == pytest.approx(0, abs=1e-4)


def test_harmonics_gain_what_they_make_of_the_energy(rng):
    """y_k = x_k + x_2k with independent bins of one variance, or 2 x_k where 2k does not exist."""
    frames = rng.gamma(1.0, size=(1200, BINS))
    columns = np.arange(BINS)
    matrix = np.eye(BINS)
    matrix[columns, np.where(2 * columns < BINS, 2 * columns, columns)] += 1
    values = measured(frames, frames @ matrix.T, GainSettings(BINS, 1200))
    assert values["r2_diagonal"] == pytest.approx(1 - 11 / 74, abs=0.02)
    assert values["r2_band"] == pytest.approx(1 - 9 / 74, abs=0.02)  # 2k - k > 2 from k = 3 on
    assert values["rest_gain"] == pytest.approx(9 / 74, abs=0.02)
    assert values["added_gain"] == pytest.approx(9 / 74, abs=0.02)


def test_a_dense_matrix_needs_all_bins(rng, frames):
    values = measured(frames, frames @ true_matrix("dense", BINS, rng).T)
    assert values["r2_full"] == pytest.approx(1, abs=1e-4)
    assert values["rest_gain"] > 0.4
    assert values["added_gain"] > 0.4


def test_a_bent_scalar_filter_fools_the_gain_but_not_the_added_gain(frames):
    """Overtones that sound only where their partial is loud help a straight line to bend."""
    low = frames[:, :12] / frames[:, :12].mean(axis=0)
    x = np.concatenate([low, np.maximum(0, low - 1)], axis=1)
    values = measured(x, np.maximum(0, x - 1))
    assert values["rest_gain"] > 0.05
    assert abs(values["added_gain"]) < 0.005


def test_too_few_frames_fool_the_gain_but_not_the_added_gain(rng):
    """With fewer frames than bins a matrix is not determined: all bins do worse than the diagonal."""
    x = rng.gamma(1.0, size=(60, 200))
    values = rest_gain(x, x @ true_matrix("diagonal", 200, rng).T, LOBE, 0, GainSettings(200), 1)
    assert values["rest_gain"] < -0.5
    assert abs(values["added_gain"]) < 0.01


def test_noise_in_the_target_is_explained_by_nothing(rng, frames):
    values = measured(frames, rng.random(frames.shape))
    for name in MEASURES:
        assert values[name] == pytest.approx(0, abs=0.02), name


def test_drawn_bins_stand_for_all(rng):
    """Loud bins are explained and soft ones noise: each counts with its own spread, and only once."""
    frames = rng.random((150, BINS))
    output = np.where(np.arange(BINS) % 2, 2 * frames, rng.random(frames.shape))
    exact = measured(frames, output)
    drawn = [rest_gain(frames, output, LOBE, 0, GainSettings(8), seed) for seed in range(25)]
    assert exact["r2_band"] == pytest.approx(0.8, abs=0.03)
    for name in ("r2_diagonal", "r2_band", "r2_bent_band"):
        assert np.mean([values[name] for values in drawn]) == pytest.approx(exact[name], abs=0.04), name


@pytest.mark.parametrize("case", ["silence", "constant", "rounded", "one frame", "two frames"])
def test_what_is_undefined_is_no_number(frames, case):
    output = frames.copy()
    if case == "silence":
        frames = output = np.zeros_like(frames)
    elif case == "constant":
        output = np.full_like(frames, 2.0)
    elif case == "rounded":
        output = 1 + np.finfo(float).eps * (frames > 0.1)
    else:
        frames, output = (values[: 1 if case == "one frame" else 2] for values in (frames, output))
    values = measured(frames, output)
    assert list(values) == list(MEASURES)
    assert all(np.isnan(value) for value in values.values())


def test_halves_share_no_samples_and_judge_all_that_is_left():
    halves = alternating_halves(np.arange(100), n_blocks=6, overlap_frames=3)
    fitted = np.concatenate(halves.fitted)
    assert len(halves.fitted) == 3
    distances = np.abs(halves.judged[:, None] - fitted).min(axis=1)
    assert distances.min() == 4
    assert len(halves.judged) + len(fitted) == 100 - 5 * 3  # each of five borders costs three frames


def test_overlap_is_counted_in_frames_of_the_track():
    sparse = alternating_halves(np.arange(0, 1000, 10), n_blocks=6, overlap_frames=3)
    assert len(sparse.judged) + len(np.concatenate(sparse.fitted)) == 100


def test_what_was_learned_by_heart_does_not_count(rng):
    """Frames that repeat themselves within their overlap, targets that mean nothing: nothing is explained."""
    frames = np.repeat(rng.random((60, BINS)), 6, axis=0)
    output = np.repeat(rng.random((60, BINS)), 6, axis=0)
    assert abs(measured(frames, output, GainSettings(BINS, blocks=60), overlap_frames=5)["r2_full"]) < 0.1
