import numpy as np
import pytest

from singmap.mapping.controls import examine_controls, scalar_model, shuffled_bins
from singmap.mapping.least_squares import best_diagonal
from singmap.mapping.method import MappingSettings
from singmap.mapping.subject import examine, examined_pairs
from singmap.runtime.errors import InputError
from tests.unit.examined_stacks import random_frames, random_layers


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
    frames, others = random_frames(rng, 30, 12), random_frames(rng, 10, 12)
    cases = {"untrained": (alive, frames, others), "shuffled": (dead, frames, others)}
    table = examine_controls(cases, ["jacobian", "diagonal"], MappingSettings(), 0, [1])
    assert set(table["control"]) == {"untrained"}
    assert set(table["method"]) == {"jacobian", "diagonal"}
    assert set(table["frames"]) == {"optimised", "other"}
    assert "shuffled is left out: the model's output: expected some sound" in capsys.readouterr().err


def test_other_frames_are_left_out_where_they_or_the_output_are_silent(rng):
    """The rest of a track may be silent, or too quiet for the model: no reason to lose the segment."""
    gate = examine([(np.eye(12), np.full(12, -0.5), "relu")])
    loud, quiet = 1 + random_frames(rng, 30, 12), np.full((10, 12), 0.1)
    assert set(examined_pairs(gate, loud, loud[:4])) == {"optimised", "other"}
    for others in (quiet, 0 * quiet, quiet[:0]):
        assert set(examined_pairs(gate, loud, others)) == {"optimised"}
    with pytest.raises(InputError, match="the model's output: expected some sound"):
        examined_pairs(gate, quiet, loud)
    with pytest.raises(InputError, match="expected finite magnitudes"):
        examined_pairs(gate, loud, np.full((10, 12), np.nan))


def test_the_scalar_control_is_the_best_diagonal_hidden_in_dense_layers(rng):
    model = examine(random_layers(rng, 12, 12, 12))
    frames, others = random_frames(rng, 30, 12), random_frames(rng, 10, 12)
    scalar = scalar_model(model, frames, others, seed=0)
    gains = best_diagonal(frames, model.output(frames))
    for x in (frames, others):
        np.testing.assert_allclose(scalar.output(x), x * gains, atol=1e-12)
    assert np.count_nonzero(scalar.layers[0].weight) == 144
    cases = {"scalar": (scalar, frames, others)}
    table = examine_controls(cases, ["jacobian", "least_squares"], MappingSettings(), 0, [1])
    shares = table[table["measure"] == "diagonal_share"]["value"]
    np.testing.assert_allclose(shares, 1, atol=1e-3)
