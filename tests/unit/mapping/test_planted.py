"""Networks with planted mappings have them, and the methods that should recover them do."""

import numpy as np
import pytest

from singmap.files.tables import Planted, columns
from singmap.mapping.planted import (
    BUILDS,
    TRUTHS,
    planted_frames,
    planted_network,
    planted_sizes,
    study_planted,
    true_matrix,
)
from singmap.mapping.settings import DescentSettings, MappingSettings


@pytest.fixture
def rng():
    return np.random.default_rng(9)


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("truth", TRUTHS)
def test_networks_map_frames_by_their_matrix(rng, truth, build):
    frames, matrix = planted_frames(30, 12, rng), true_matrix(truth, 12, rng)
    network = planted_network(matrix, build, frames, rng)
    np.testing.assert_allclose(network.output(frames), frames @ matrix.T, atol=1e-12)
    weights = [layer.weight.numpy() for layer in network.layers]
    shows_structure = np.count_nonzero(weights[0]) == 12
    assert shows_structure == (build == "direct")


def test_truths_have_the_structure_that_they_are_named_after(rng):
    cells = {truth: np.argwhere(true_matrix(truth, 12, rng)).tolist() for truth in TRUTHS}
    assert cells["identity"] == cells["diagonal"] == [[k, k] for k in range(12)]
    assert all(abs(row - column) <= 2 for row, column in cells["banded"])
    assert sorted(cells["harmonic"]) == sorted(
        [[0, 0], *([2 * k, k] for k in range(1, 6)), *([3 * k, k] for k in range(1, 4))]
    )
    assert len(cells["dense"]) == 144


def test_exact_methods_recover_every_truth_and_the_diagonal_only_diagonals():
    settings = MappingSettings(DescentSettings(5, 1e-3), record_every_iterations=0)
    table = study_planted(["nca", "jacobian", "least_squares", "diagonal"], [(16, 60)], settings)
    assert list(table.columns) == columns(Planted)
    assert len(table) == 4 * len(TRUTHS) * len(BUILDS)
    errors = table.set_index(["method", "truth", "build"])["matrix_error"].sort_index()
    assert errors["jacobian"].max() < 1e-10
    assert errors["least_squares"].max() < 1e-3
    assert errors["diagonal"][["identity", "diagonal"]].max() < 1e-10
    assert errors["diagonal"][["banded", "harmonic", "dense"]].min() > 0.3
    exact = table[table["method"] == "jacobian"]
    np.testing.assert_allclose(exact["similarity"], 1)
    np.testing.assert_allclose(exact["diagonal_share"], exact["true_diagonal_share"])
    assert (table[table["method"] == "nca"]["matrix_error"] > 0.1).all(), (
        "five steps cannot recover a mapping"
    )


def test_every_size_is_examined_with_as_few_frames_as_the_study_has_too():
    assert planted_sizes([32, 128], n_bins=2049, n_frames=350) == [(32, 350), (32, 6), (128, 350), (128, 22)]
    assert planted_sizes([40], n_bins=40, n_frames=20) == [(40, 20)]


def test_fewer_frames_than_bins_do_not_determine_the_mapping():
    """Least squares finds the part of M in the space of the frames, T of n dimensions; the Jacobian all."""
    table = study_planted(
        ["jacobian", "least_squares"], [(128, 32)], MappingSettings(record_every_iterations=0)
    )
    found = table[table["truth"] == "diagonal"].set_index(["method", "build"])
    assert found["matrix_error"]["jacobian"].max() < 1e-10
    assert found["matrix_error"]["least_squares"].min() > 0.5
    assert found["weighted_diagonal_share"]["least_squares"].max() < 0.8
    assert found["relative_l1"]["least_squares"].max() < 0.01, "the frames themselves are explained"
