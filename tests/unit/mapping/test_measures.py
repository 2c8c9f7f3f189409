"""Measures of a segment's matrix: closed forms, planted lines, and every measure exactly once."""

import numpy as np
import pytest

from singmap.mapping.measures import (
    effective_rank,
    fidelity_measures,
    harmonic_share,
    measure_segment,
    shape_measures,
)

N = 64


@pytest.fixture
def rng():
    return np.random.default_rng(6)


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
