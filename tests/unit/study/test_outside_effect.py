"""Outside and inside effects of models whose mapping is known."""

import numpy as np
import pytest
import torch

from singmap.mapping.planted import planted_frames, planted_network, true_matrix
from singmap.mapping.subject import examine
from singmap.study.outside_effect import (
    EffectSettings,
    at_level_of,
    drawn_pairs,
    heard,
    inside_changes,
    matched_changes,
    outside_changes,
    outside_effect,
    relative_effect,
)
from tests.helpers.examined_stacks import random_frames, random_layers

BINS, LOBE = 24, 2
ALL = EffectSettings(output_bins=BINS, pairs_per_bin=40, frames=40, pool_frames=60)  # every cell: exact sums


@pytest.fixture
def rng():
    return np.random.default_rng(8)


@pytest.fixture
def track(rng):
    return planted_frames(40, BINS, rng), planted_frames(60, BINS, rng)


def measured(model, frames, others, settings=ALL, seed=1):
    return outside_effect(model, frames, others, LOBE, settings, seed)


def linear(matrix):
    return examine([(matrix, np.zeros(len(matrix)), "linear")])


def hidden_scalar_filter(rng, gains, biases):
    """relu(gains x + biases), its input hidden by a dense layer of which half of the units are off."""
    mixed = np.linalg.qr(rng.standard_normal((BINS, BINS)))[0]
    both = np.concatenate([mixed, -mixed])  # relu(z) - relu(-z) = z
    upper = gains[:, None] * np.concatenate([mixed.T, -mixed.T], axis=1)
    return examine([(both, np.zeros(2 * BINS), "relu"), (upper, biases, "relu")])


@pytest.mark.parametrize("bias", [0.0, -0.2, 0.2])
@pytest.mark.parametrize("hidden", [False, True])
def test_a_scalar_filter_has_no_outside_effect_however_its_relus_switch(rng, track, bias, hidden):
    gains, biases = rng.uniform(-1, 1, BINS), np.full(BINS, bias)
    model = examine([(np.diag(gains), biases, "relu")])
    if hidden:
        model = hidden_scalar_filter(rng, gains, biases)
    values = measured(model, *track)
    for name, value in values.items():
        if name.startswith("outside"):
            assert value == pytest.approx(0, abs=1e-12), name
        elif name.startswith("inside"):
            assert value == pytest.approx(1, rel=1e-6), name
    assert np.isnan(values["far_effect"])


@pytest.mark.parametrize("truth", ["identity", "diagonal", "banded", "harmonic", "dense"])
@pytest.mark.parametrize("half_width", [0, LOBE, 4 * LOBE])
def test_of_a_matrix_both_effects_are_the_energy_of_its_parts(rng, truth, half_width):
    matrix = true_matrix(truth, BINS, rng)
    x, partners = planted_frames(40, BINS, rng), planted_frames(40, BINS, rng)
    rows, columns = np.indices(matrix.shape)
    in_band = abs(rows - columns) <= half_width
    whole, outside, inside = (
        (x - partners) @ part.T for part in (matrix, matrix * ~in_band, matrix * in_band)
    )
    model = linear(matrix)
    pairs = drawn_pairs(heard(model, x), heard(model, partners), ALL, rng)
    for changes, part in (
        (outside_changes(model, pairs, half_width), outside),
        (inside_changes(model, pairs, half_width), inside),
    ):
        expected = np.sum(part**2) / np.sum(whole**2)
        assert relative_effect(pairs, changes) == pytest.approx(expected, abs=1e-12)
        expected = np.sum(np.abs(part)) / np.sum(np.abs(whole))
        assert relative_effect(pairs, changes, power=1) == pytest.approx(expected, abs=1e-12)


def test_harmonics_of_equal_weight_make_half_of_the_effect(rng):
    """y_k = x_k + x_2k with independent bins of one variance, where 2k exists; y_k = 2 x_k elsewhere."""
    columns = np.arange(BINS)
    matrix = np.eye(BINS)
    matrix[columns, np.where(2 * columns < BINS, 2 * columns, columns)] += 1
    x, others = rng.gamma(1.0, size=(2, 2000, BINS))
    values = measured(linear(matrix), x, others, EffectSettings(BINS, 2000, 2000, 2000))
    expected = 11 / (11 * 2 + 13 * 4)  # k = 0 and 12 .. 23 are alone
    assert values["outside_effect_0w"] == pytest.approx(expected, rel=0.04)
    assert values["inside_effect_0w"] == pytest.approx(1 - expected, rel=0.04)
    assert values["far_effect"] == pytest.approx(9 / 11, rel=0.04)  # 2k - k > 2 from k = 3 on
    assert values["outside_effect_same_track"] == pytest.approx(9 / 74, rel=0.06)


def test_a_gain_that_other_bins_open_is_seen_by_how_much_it_varies(rng):
    """f_k = g x_k, g 1 or 3 by a far bin: T_out = Var(g) E x^2 / D, T_in = E g^2 Var(x) / D with
    D = E g^2 E x^2 - (E g)^2 (E x)^2; E x = 1 and E x^2 = 2."""

    def gate(frames):
        return frames * (1 + 2 * (torch.roll(frames, BINS // 2, dims=1) > np.log(2)))

    x, others = rng.gamma(1.0, size=(2, 2000, BINS))
    values = measured(examine(gate), x, others, EffectSettings(BINS, 2000, 2000, 2000))
    assert values["outside_effect"] == pytest.approx(1 * 2 / (5 * 2 - 4), rel=0.04)
    assert values["inside_effect"] == pytest.approx(5 * 1 / (5 * 2 - 4), rel=0.04)
    assert values["far_effect"] == pytest.approx(1)


def test_a_band_of_the_lobe_has_nothing_beyond_it(rng, track):
    values = measured(linear(true_matrix("banded", BINS, rng)), *track)
    assert values["outside_effect_0w"] > 0.1
    assert values["outside_effect"] == pytest.approx(0, abs=1e-20)
    assert values["far_effect"] == pytest.approx(0, abs=1e-20)


def test_heard_alone_a_band_lacks_what_the_rest_adds(rng, track):
    matrix = true_matrix("dense", BINS, rng)
    rows, columns = np.indices(matrix.shape)
    whole, outside = (track[0] @ part.T for part in (matrix, matrix * (abs(rows - columns) > LOBE)))
    found = measured(linear(matrix), *track)["outside_effect_silence"]
    assert found == pytest.approx(np.sum(outside**2) / np.sum(whole**2))


@pytest.mark.parametrize("skip_filtering", [False, True])
def test_layers_and_function_agree(rng, track, skip_filtering):
    known = examine(random_layers(rng, BINS, BINS, BINS, BINS), skip_filtering)
    by_layers, by_function = (measured(model, *track) for model in (known, examine(known.forward)))
    assert by_layers == pytest.approx(by_function, rel=1e-10)


def test_the_scale_of_the_output_does_not_count(rng, track):
    layers = random_layers(rng, BINS, BINS, BINS)
    model = examine(layers)
    louder = examine(lambda frames: 1024 * model.forward(frames))
    assert measured(louder, *track) == pytest.approx(measured(model, *track), rel=1e-9)


def test_the_level_of_partners_counts_only_where_it_is_left_to_them(rng, track):
    frames, others = track
    model = examine(random_layers(rng, BINS, BINS, BINS), skip_filtering=True)
    quiet, loud = (measured(model, frames, gain * others) for gain in (1, 8))
    assert loud["outside_effect_level"] == pytest.approx(quiet["outside_effect_level"], rel=1e-9)
    assert abs(loud["outside_effect"] - quiet["outside_effect"]) > 0.01


def test_levels_are_equal_and_silence_has_none():
    found = at_level_of(np.array([[3.0, 4.0], [1, 0], [0, 0]]), np.array([[0.0, 1], [0, 0], [2, 2]]))
    np.testing.assert_allclose(found, [[0, 5], [0, 0], [0, 0]])


@pytest.mark.parametrize("power", [1, 2])
def test_drawn_cells_estimate_the_ratio_of_sums_over_all(rng, track, power):
    """Every cell counts as often as in the sums, however it was drawn."""
    frames, others = track
    model = examine(random_layers(rng, BINS, BINS, BINS))
    x, partners = heard(model, frames), heard(model, others[:40])

    def estimate(settings):
        pairs = drawn_pairs(x, partners, settings, rng)
        return relative_effect(pairs, outside_changes(model, pairs, LOBE), power)

    drawn = [estimate(EffectSettings(16, 8)) for _ in range(150)]
    assert np.std(drawn) > 0.01
    assert np.mean(drawn) == pytest.approx(estimate(ALL), abs=4 * np.std(drawn) / np.sqrt(150))


def test_hybrids_that_sound_where_neither_frame_does_count(rng):
    """y = max(0, band - rest), in half of the pairs 0 for both frames and 1 for their hybrid."""
    band, rest = np.array([[1, 1], [1, 0]] * 10).T
    model = examine(lambda frames: torch.relu(frames[:, :1] - frames[:, 1:]) * torch.tensor([1.0, 0]))
    x, partners = (np.stack(values, axis=1).astype(float) for values in ((band, rest), (0 * band, 1 - rest)))
    pairs = drawn_pairs(heard(model, x), heard(model, partners), ALL, rng)
    assert relative_effect(pairs, outside_changes(model, pairs, 0)) == pytest.approx(2)


def test_bins_without_output_are_never_drawn(rng, track):
    frames, others = track
    model = linear(np.diag(np.arange(BINS) % 2.0))
    for settings in (ALL, EffectSettings(5, 3)):
        cells = drawn_pairs(heard(model, frames), heard(model, others[:40]), settings, rng).cells
        assert cells
        assert all(cell.output_bin % 2 for cell in cells)


def test_matched_partners_are_those_nearest_on_the_band(rng):
    frames = random_frames(rng, 5, BINS)
    pool = np.concatenate([random_frames(rng, 20, BINS) + 5, np.tile(frames, (1, 1))])
    pool[20:, 12:] += 7  # near to the frames below bin 12, far from them above
    model = linear(np.ones((BINS, BINS)))
    pairs = drawn_pairs(heard(model, frames), heard(model, pool[:5]), ALL, rng)
    changes = matched_changes(model, pairs, heard(model, pool), LOBE)
    assert pairs.cells[3].output_bin == 3
    np.testing.assert_allclose(changes[3], -7 * 12, rtol=1e-12)
    for change in matched_changes(model, pairs, heard(model, frames), LOBE):
        np.testing.assert_allclose(change, 0, atol=1e-12)


@pytest.mark.parametrize(
    "case", ["silent track", "constant model", "dead model", "model that does not react to these partners"]
)
def test_what_is_undefined_is_no_number(track, case):
    frames, others = track
    model = linear(np.eye(BINS))
    if case == "silent track":
        frames = np.zeros_like(frames)
    elif case == "constant model":
        model = examine([(np.zeros((BINS, BINS)), np.ones(BINS), "relu")])
    elif case == "dead model":
        model = examine([(-np.eye(BINS), np.zeros(BINS), "relu")])
    else:
        model = examine(lambda values: 1 + 0 * values + 1e-17 * torch.cumsum(values, dim=1))
    assert all(np.isnan(value) for value in measured(model, frames, others).values())


def test_silent_frames_beside_others_are_partners_like_any(track):
    frames, others = (np.concatenate([np.zeros((3, BINS)), part]) for part in track)
    values = measured(linear(np.eye(BINS)), frames, others)
    assert values["outside_effect"] == pytest.approx(0, abs=1e-20)
    assert values["inside_effect"] == pytest.approx(1)


def test_one_frame_has_partners_but_none_of_its_own_track(rng, track):
    values = measured(linear(true_matrix("dense", BINS, rng)), track[0][:1], track[1][:1])
    assert 0 < values["outside_effect"] < 2
    assert np.isnan(values["outside_effect_same_track"])


def test_a_track_without_others_has_partners_of_its_own_and_silence(rng, track):
    frames, others = track
    model = linear(true_matrix("dense", BINS, rng))
    alone = measured(model, frames, others[:0])
    assert set(alone) == set(measured(model, frames, others))
    defined = {name for name, value in alone.items() if not np.isnan(value)}
    assert defined == {"outside_effect_same_track", "outside_effect_silence"}
    assert 0 < alone["outside_effect_same_track"] < 2


def test_the_same_seed_gives_the_same_partners_and_another_one_others(rng, track):
    model = linear(true_matrix("dense", BINS, rng))
    assert measured(model, *track) == measured(model, *track)
    assert measured(model, *track)["outside_effect"] != measured(model, *track, seed=2)["outside_effect"]


def test_a_filter_that_is_scalar_on_the_frames_only_is_seen_as_one_that_is_not(rng, track):
    """Its units are all on at the track's frames, so that its Jacobian is diagonal there; hybrids and
    partners, which it was not built for, switch some off. The measure is about the model, not the frames."""
    frames, others = track
    gains = np.diag(rng.uniform(0.2, 1, BINS))
    everywhere = planted_network(gains, "hidden", np.concatenate([frames, 20 * others]), rng)
    on_frames = planted_network(gains, "hidden", frames[:5], rng)
    assert measured(everywhere, *track)["outside_effect"] < 0.01
    assert measured(on_frames, *track)["outside_effect"] > 0.02


def test_where_no_frame_changes_an_output_there_is_no_effect_to_compare(rng, track):
    frames, _ = track
    values = measured(linear(rng.standard_normal((BINS, BINS))), frames[:1], frames[:1])
    told = {
        name for name, value in values.items() if name.startswith("outside_effect") and not np.isnan(value)
    }
    assert told <= {"outside_effect_silence"}, (
        "partners are the frame itself; but for silence, which changes it"
    )
    assert np.isnan(values["outside_effect"])
