"""Controls of a mapping: shuffled bins, untrained weights, and the scalar filter hidden in dense layers."""

import numpy as np
import pytest

from singmap.mapping.controls import examine_controls, scalar_model, shuffled_bins
from singmap.mapping.diagonal import best_diagonal
from singmap.mapping.settings import MappingSettings
from singmap.mapping.subject import examine
from tests.helpers.examined_stacks import random_frames, random_layers


@pytest.fixture
def rng():
    return np.random.default_rng(10)


def test_one_permutation_holds_for_all_frames_and_seeds_decide(rng):
    frames = random_frames(rng, 5, 20)
    shuffled = shuffled_bins(frames, 1)
    order = [int(np.flatnonzero(frames[0] == value)[0]) for value in shuffled[0]]
    assert order != sorted(order)
    np.testing.assert_array_equal(shuffled, frames[:, order])
    np.testing.assert_array_equal(shuffled_bins(frames, 1), shuffled)
    assert not np.array_equal(shuffled_bins(frames, 2), shuffled)


def test_controls_are_measured_and_dead_ones_left_out_aloud(rng, capsys):
    alive, dead = examine(random_layers(rng, 12, 12, 12)), examine([(-np.eye(12), np.zeros(12), "relu")])
    fitted, unseen = random_frames(rng, 30, 12), random_frames(rng, 10, 12)
    cases = {"untrained": (alive, fitted, unseen), "shuffled": (dead, fitted, unseen)}
    table = examine_controls(cases, ["jacobian", "diagonal"], MappingSettings(), 0, [1])
    assert set(table["control"]) == {"untrained"}
    assert set(table["method"]) == {"jacobian", "diagonal"}
    assert set(table["frames"]) == {"optimised", "other"}
    assert "shuffled is left out: the model's output: expected some sound" in capsys.readouterr().err


def test_the_scalar_control_is_the_best_diagonal_hidden_in_dense_layers(rng):
    model = examine(random_layers(rng, 12, 12, 12))
    fitted, unseen = random_frames(rng, 30, 12), random_frames(rng, 10, 12)
    scalar = scalar_model(model, fitted, unseen, seed=0)
    gains = best_diagonal(fitted, model.output(fitted))
    for x in (fitted, unseen):
        np.testing.assert_allclose(scalar.output(x), x * gains, atol=1e-12)
    assert np.count_nonzero(scalar.layers[0].weight) == 144
    cases = {"scalar": (scalar, fitted, unseen)}
    table = examine_controls(cases, ["jacobian", "least_squares"], MappingSettings(), 0, [1])
    shares = table[table["measure"] == "diagonal_share"]["value"]
    np.testing.assert_allclose(shares, 1, atol=1e-3)
