import numpy as np
import pytest

from singmap.mapping.measures import (
    band_share,
    effective_rank,
    fidelity_measures,
    harmonic_share,
    input_weighted,
    mean_weighted,
    measure_segment,
    relative_error,
    shape_measures,
)

N = 64


@pytest.fixture
def rng():
    return np.random.default_rng(6)


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


def test_effective_rank_in_closed_form(rng):
    assert effective_rank(np.eye(N)) == pytest.approx(N)
    assert effective_rank(np.outer(rng.random(N), rng.random(N))) == pytest.approx(1)
    orthogonal = np.linalg.qr(rng.standard_normal((N, N)))[0]
    assert effective_rank(orthogonal @ np.diag([1] * 5 + [0] * (N - 5))) == pytest.approx(5)
    assert effective_rank(np.diag([2.0, 1, 1])) == pytest.approx(np.exp(1.5 * np.log(2)))
    assert np.isnan(effective_rank(np.zeros((3, 3))))


@pytest.mark.parametrize(("name", "ratio"), [("2f", (2, 1)), ("3f", (3, 1)), ("half_f", (1, 2))])
def test_harmonic_share_finds_its_own_line_only(name, ratio):
    line = np.zeros((200, 200))
    inputs = np.arange(0, 200, ratio[1])
    outputs = inputs * ratio[0] // ratio[1]
    line[outputs[outputs < 200], inputs[outputs < 200]] = 1
    measures = shape_measures(line, [1])
    assert measures[f"harmonic_{name}"] == 1
    others = [measures[f"harmonic_{other}"] for other in ("2f", "3f", "half_f") if other != name]
    assert not any(value >= 0.5 for value in others)  # near the other lines nothing (NaN), or beside them


def test_harmonic_share_of_a_flat_matrix_is_one_half_and_of_a_raised_line_known():
    flat = np.ones((200, 200))
    assert harmonic_share(flat, 2, 1) == pytest.approx(0.5)
    raised = flat.copy()
    inputs = np.arange(100)
    for offset in (-1, 0, 1):
        raised[np.clip(2 * inputs + offset, 0, 199), inputs] = 3  # nine times the energy
    assert harmonic_share(raised, 2, 1) == pytest.approx(0.9)
    assert np.isnan(harmonic_share(np.ones((10, 10)), 2, 1)), "too small to hold a neighbourhood"


def test_relative_errors_in_closed_form():
    target = np.array([[3.0, -4.0]])
    assert relative_error(target, 0 * target, 1) == 1
    assert relative_error(target, np.array([[3.0, 0.0]]), 1) == pytest.approx(4 / 7)
    assert relative_error(target, np.array([[3.0, 0.0]]), 2) == pytest.approx(4 / 5)
    assert np.isnan(relative_error(0 * target, target, 1))


def test_fidelity_tells_matrix_from_diagonal(rng):
    frames = rng.random((20, 3))
    matrix = np.array([[1.0, 1, 0], [0, 1, 0], [0, 0, 1]])
    measures = fidelity_measures(matrix, frames, frames @ matrix.T)
    assert measures["relative_l1"] == 0
    expected = frames[:, 1].sum() / (frames @ matrix.T).sum()  # what only the off-diagonal cell explains
    assert measures["diagonal_relative_l1"] == pytest.approx(expected)


def test_measure_segment_gives_every_measure_once(rng):
    frames = rng.random((20, N))
    matrix = np.diag(rng.random(N))
    pairs = {"optimised": (frames, frames @ matrix), "other": (frames[:5] ** 2, frames[:5])}
    table = measure_segment(matrix, pairs, [1, 2])
    assert not table.duplicated(["frames", "measure", "weighting"]).any()
    assert set(table["weighting"]) == {"raw", "input_weighted"}
    shares = table[table["measure"].str.contains("share")]
    assert (shares["value"] == 1).all()
    assert len(shares) == 6
    errors = table[table["measure"] == "relative_l2"].set_index("frames")["value"]
    assert errors["optimised"] == 0
    assert errors["other"] > 0


def test_the_weighted_mean_weights_each_segment_by_its_own_input():
    """A bin with a gain where it is silent, and none where it sounds, contributed nothing."""
    stack, inputs = np.array([[[1.0]], [[0.0]]]), [np.array([0.0]), np.array([1.0])]
    assert mean_weighted(stack, inputs) == 0
    assert mean_weighted(stack, inputs[::-1]) == 0.5
