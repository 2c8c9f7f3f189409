"""What two seeds agree on: closed forms of known mappings, planted chance, the full Jacobian."""

import functools

import numpy as np
import pytest
import torch

from singmap.mapping.jacobian import local_jacobian
from singmap.mapping.subject import examine
from singmap.models.layers import apply_layers
from singmap.study import jacobian_agreement
from singmap.study.functions import OF_AGREEMENT
from singmap.study.jacobian_agreement import (
    AgreementSettings,
    agreement_of_pairs,
    agreement_of_seeds,
    drawn_rows,
    offset_shares,
)
from tests.helpers.examined_stacks import STACKS, random_frames, random_layers
from tests.helpers.scalar_filters import band_matrix, octave_matrix, two_layer_network

SQUARE = [(widths, skip) for widths, skip in STACKS if widths[0] == widths[-1]]
EVERYTHING = AgreementSettings(frames=1000, output_bins=1000)
N = 40


def pair_of(first, second, frames, half_width, settings=EVERYTHING):
    return agreement_of_pairs({0: first, 1: second}, frames, half_width, settings, seed=0)[0, 1]


@pytest.mark.parametrize(("widths", "skip"), SQUARE)
def test_all_bins_give_what_the_full_jacobians_give(rng, monkeypatch, widths, skip):
    monkeypatch.setattr(jacobian_agreement, "SHARED_MIN", -2)
    stacks, frames = [random_layers(rng, *widths) for _ in range(2)], random_frames(rng, 5, 8)
    first, second = np.array([[local_jacobian(s, x, skip)[0] * x for x in frames] for s in stacks])
    found = pair_of(*(examine(stack, skip) for stack in stacks), frames, 1)
    shared = np.sum(first * second)
    assert found["jacobian_agreement"] == pytest.approx(np.sum(first * second * band_matrix(8, 1)) / shared)
    size = np.linalg.norm(first) * np.linalg.norm(second)
    assert found["jacobian_cosine"] == pytest.approx(shared / size)


@pytest.mark.parametrize(("widths", "skip"), SQUARE)
def test_functions_have_what_needs_no_layers(rng, widths, skip):
    stacks, frames = [random_layers(rng, *widths) for _ in range(2)], random_frames(rng, 5, 8)
    layered = {seed: examine(stack, skip) for seed, stack in enumerate(stacks)}
    functions = {
        seed: examine(functools.partial(apply_layers, stack, skip_filtering=skip))
        for seed, stack in enumerate(stacks)
    }
    known, found = (agreement_of_seeds(each, frames, 1, EVERYTHING, 0)[0] for each in (layered, functions))
    assert set(known) - set(found) == set(OF_AGREEMENT)
    assert found == pytest.approx({name: known[name] for name in found}, nan_ok=True)


@pytest.mark.parametrize("threshold", [0.0, 0.7])
@pytest.mark.parametrize("skip", [False, True])
def test_scalar_filters_agree_on_the_diagonal_alone(rng, skip, threshold):
    frames, gains = random_frames(rng, 30, N), rng.uniform(0.2, 1, (2, N))
    thresholds = np.full(N, threshold)
    pair = [two_layer_network(np.diag(g), thresholds, skip) for g in gains]
    found = pair_of(*pair, frames, 0)
    assert found["jacobian_agreement"] == pytest.approx(1)
    assert found["layers_agreement"] == pytest.approx(1)


@pytest.mark.parametrize("half_width", [0, 1, 3, 5])
def test_of_a_shared_band_the_part_within_half_width_is_agreed_on(half_width):
    """With equal weights and inputs shares are numbers of entries."""
    network = two_layer_network(band_matrix(N, 3), np.zeros(N))
    expected = min(1, band_matrix(N, half_width).sum() / band_matrix(N, 3).sum())
    found = pair_of(network, network, np.ones((3, N)), half_width)
    assert found["jacobian_agreement"] == pytest.approx(expected)
    assert found["jacobian_cosine"] == pytest.approx(1)


def test_a_shared_dense_matrix_is_as_diagonal_as_its_entries():
    network = two_layer_network(np.ones((N, N)), np.zeros(N))
    found = pair_of(network, network, np.ones((3, N)), 2)
    assert found["jacobian_agreement"] == pytest.approx(band_matrix(N, 2).sum() / N**2)


def test_shared_octaves_are_not_diagonal():
    network = two_layer_network(octave_matrix(N), np.zeros(N))
    found = pair_of(network, network, np.ones((3, N)), 0)
    assert found["jacobian_agreement"] == pytest.approx(1 / 20), "bin 0 alone is its own octave, of 20"


def test_chance_is_not_counted_as_structure(rng):
    """Two scalar filters with noise of their own: the share of one sees it, what they agree on does not."""
    noise = rng.standard_normal((2, N, N)) * 0.2
    frames = random_frames(rng, 30, N)
    linear = [examine([(np.eye(N) + n, np.zeros(N), "linear")]) for n in noise]
    found = agreement_of_seeds(dict(enumerate(linear)), frames, 0, EVERYTHING, seed=0)
    assert found[0]["jacobian_share"] < 0.5
    assert found[0]["jacobian_agreement"] == pytest.approx(1, abs=0.1)


def test_networks_that_share_nothing_but_noise_are_withheld(rng):
    frames = random_frames(rng, 30, N)
    linear = [examine([(rng.standard_normal((N, N)), np.zeros(N), "linear")]) for _ in range(2)]
    found = pair_of(*linear, frames, 0)
    assert abs(found["jacobian_cosine"]) < 0.1
    assert np.isnan(found["jacobian_agreement"])


def test_opposite_networks_agree_on_nothing(rng):
    frames, matrix = random_frames(rng, 10, N), rng.uniform(0.2, 1, (N, N))
    pair = [examine([(sign * matrix, np.zeros(N), "linear")]) for sign in (1, -1)]
    found = pair_of(*pair, frames, 0)
    assert found["jacobian_cosine"] == pytest.approx(-1)
    assert np.isnan(found["jacobian_agreement"])


def test_a_mask_s_skip_connection_counts_in_the_jacobian_not_in_the_layers(rng):
    """Masks made of octaves alone: the layers share no diagonal, the product with the input does."""
    network = two_layer_network(octave_matrix(N), np.zeros(N), skip_filtering=True)
    frames = np.ones((3, N))
    found = pair_of(network, network, frames, 0)
    # In 20 open outputs K is 1 on the diagonal, by the skip, and on the octave; in bin 0 both are one.
    assert found["jacobian_agreement"] == pytest.approx((19 + 4) / (2 * 19 + 4))
    assert found["layers_agreement"] == pytest.approx(1 / 20)


@pytest.mark.parametrize("n_drawn", [1, 5, 19])
def test_drawn_rows_estimate_sums_over_all(rng, n_drawn):
    energy, values = rng.gamma(0.5, size=(2, 300))
    estimates = []
    for start in np.linspace(0, 1, 2000, endpoint=False):
        rows, weights = drawn_rows(energy, n_drawn, start)
        estimates.append(weights @ (values[rows] * energy[rows]))
        assert weights @ energy[rows] == pytest.approx(energy.sum())
        assert len(rows) <= n_drawn
    assert np.mean(estimates) == pytest.approx(values @ energy, rel=0.02)


def test_where_few_bins_sound_each_comes_once():
    rows, weights = drawn_rows(np.array([0, 3.0, 0, 1.0]), 2, 0.5)
    assert (rows.tolist(), weights.tolist()) == ([1, 3], [1, 1])
    assert len(drawn_rows(np.zeros(4), 2, 0.5)[0]) == 0


def test_loud_bins_are_drawn_more_often_and_count_no_more():
    """A loud half is diagonal, a louder one listens elsewhere: 1000 of 1900 are on the diagonal."""
    matrix, frames = np.eye(200), np.ones((4, 200))
    matrix[np.arange(100, 200), np.arange(100)] = 1
    frames[:, :100] = 3
    network = two_layer_network(matrix, np.zeros(200))
    found = pair_of(network, network, frames, 0, AgreementSettings(frames=4, output_bins=50))
    assert found["jacobian_agreement"] == pytest.approx(1000 / 1900, abs=0.02)


def test_a_sample_is_near_the_whole(rng):
    stacks = [random_layers(rng, 200, 200, 200) for _ in range(2)]
    for stack in stacks:
        for layer in stack:
            layer.weight.add_(torch.from_numpy(3 * band_matrix(200, 2)))
    frames = random_frames(rng, 60, 200)
    pair = [examine(stack) for stack in stacks]
    whole = pair_of(*pair, frames, 1)
    sample = pair_of(*pair, frames, 1, AgreementSettings(frames=20, output_bins=50))
    for measure, value in whole.items():
        assert sample[measure] == pytest.approx(value, abs=0.05), measure


@pytest.mark.parametrize(("widths", "skip"), SQUARE)
def test_offsets_are_what_the_jacobian_leaves(rng, widths, skip):
    layers, frames = random_layers(rng, *widths), random_frames(rng, 5, 8)
    model = examine(layers, skip)
    offsets = np.array([local_jacobian(layers, x, skip)[1] for x in frames])
    expected = np.linalg.norm(offsets) / np.linalg.norm(model.output(frames))
    assert offset_shares(model, frames)["offset_share"] == pytest.approx(expected)


@pytest.mark.parametrize(("skip", "offset"), [(False, 0), (True, 1)])
def test_without_biases_a_mask_s_offset_is_the_output_itself(rng, skip, offset):
    network = two_layer_network(band_matrix(N, 2), np.zeros(N), skip)
    shares = offset_shares(network, random_frames(rng, 5, N))
    assert shares["offset_share"] == pytest.approx(offset, abs=1e-12)
    assert shares["bias_share"] == pytest.approx(0, abs=1e-12)


def test_a_seed_s_value_is_its_mean_over_the_others(rng):
    frames = random_frames(rng, 10, N)
    models = {seed: two_layer_network(rng.uniform(0.2, 1, (N, N)), np.zeros(N)) for seed in (3, 5, 9)}
    pairs = agreement_of_pairs(models, frames, 2, EVERYTHING, seed=0)
    found = agreement_of_seeds(models, frames, 2, EVERYTHING, seed=0)
    for measure in ("jacobian_cosine", "jacobian_agreement"):
        expected = (pairs[3, 5][measure] + pairs[5, 9][measure]) / 2
        assert found[5][measure] == pytest.approx(expected)
    assert found[5]["jacobian_share"] == pytest.approx(pairs[5, 5]["jacobian_agreement"])


def test_one_seed_and_silence_have_no_agreement(rng):
    network = two_layer_network(np.eye(N), np.zeros(N))
    alone = agreement_of_seeds({0: network}, random_frames(rng, 4, N), 1, EVERYTHING, seed=0)[0]
    assert np.isnan(alone["jacobian_agreement"])
    assert np.isnan(alone["jacobian_cosine"])
    assert alone["jacobian_share"] == pytest.approx(1)
    silent = agreement_of_seeds({0: network, 1: network}, np.zeros((4, N)), 1, EVERYTHING, seed=0)[0]
    assert np.isnan(list(silent.values())).all()
