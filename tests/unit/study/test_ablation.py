"""What is left without other bins: closed forms, and the Jacobian of every frame in full."""

import numpy as np
import pytest

from singmap.mapping.jacobian import local_jacobian
from singmap.mapping.planted import planted_frames, planted_network
from singmap.mapping.subject import examine
from singmap.models.layers import apply_layers
from singmap.spectra.cache import SpectraCache
from singmap.study.ablation import (
    ablated_outputs,
    ablated_tracks,
    estimates_of,
    output_gains,
    refit_gains,
)
from singmap.study.functions import OF_ABLATION
from tests.helpers.examined_stacks import STACKS, random_frames, random_layers
from tests.helpers.scalar_filters import band_matrix, octave_matrix, two_layer_network
from tests.helpers.training_data import make_cache

SQUARE = [(widths, skip) for widths, skip in STACKS if widths[0] == widths[-1]]
GAINS = np.linspace(0.2, 0.9, 12)


@pytest.mark.parametrize(("widths", "skip"), SQUARE)
@pytest.mark.parametrize("half_width", [0, 2, 20])
def test_the_band_is_the_local_linear_form_less_what_lies_outside(rng, widths, skip, half_width):
    layers, frames = random_layers(rng, *widths), random_frames(rng, 5, 8)
    found = ablated_outputs(examine(layers, skip), frames, half_width)
    for frame, x in enumerate(frames):
        jacobian, offset = local_jacobian(layers, x, skip)
        np.testing.assert_allclose(found["model"][frame], jacobian @ x + offset, atol=1e-12)
        for name, width in (("diagonal", 0), ("band", half_width)):
            alone = (jacobian * band_matrix(8, width)) @ x + offset
            np.testing.assert_allclose(found[name][frame], np.maximum(alone, 0), atol=1e-12)


@pytest.mark.parametrize(("widths", "skip"), SQUARE)
def test_a_function_keeps_what_its_layers_would(rng, widths, skip):
    """But for what is told without the biases' part, which a function hides; soft bins are spared as well."""
    layers, frames = random_layers(rng, *widths), random_frames(rng, 5, 8)
    frames[:, 2], frames[3] = 1e-6, 0
    known = ablated_outputs(examine(layers, skip), frames, 1)
    found = ablated_outputs(examine(lambda x: apply_layers(layers, x, skip)), frames, 1)
    assert {f"sdr_{name}" for name in known.keys() - found.keys()} == set(OF_ABLATION)
    for name, part in found.items():
        loud = frames > 1e-3
        np.testing.assert_allclose(part[loud], known[name][loud], atol=1e-12)
        np.testing.assert_array_equal(part[:, 2], found["model"][:, 2])


@pytest.mark.parametrize(("widths", "skip"), SQUARE)
def test_without_biases_the_band_of_the_plain_stack_is_left(rng, widths, skip):
    layers, frames = random_layers(rng, *widths), random_frames(rng, 5, 8)
    found = ablated_outputs(examine(layers, skip), frames, 1)
    for frame, x in enumerate(frames):
        jacobian, _ = local_jacobian(layers, x)
        for name, width in (("diagonal_no_bias", 0), ("band_no_bias", 1)):
            alone = (jacobian * band_matrix(8, width)) @ x * (x if skip else 1)
            np.testing.assert_allclose(found[name][frame], np.maximum(alone, 0), atol=1e-12)


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("threshold", [0.0, 0.5])
def test_a_scalar_filter_with_switching_units_loses_nothing(rng, skip, threshold):
    frames = random_frames(rng, 40, 12)
    network = two_layer_network(np.diag(GAINS), np.full(12, threshold), skip)
    found = ablated_outputs(network, frames, 3)
    expected = GAINS * np.maximum(frames - threshold, 0) * (frames if skip else 1)
    for name in ("model", "diagonal", "band"):
        np.testing.assert_allclose(found[name], expected, atol=1e-12)
    without = GAINS * frames * (frames > threshold) * (frames if skip else 1)
    np.testing.assert_allclose(found["diagonal_no_bias"], without, atol=1e-12)


def test_a_band_is_whole_from_its_own_width_on(rng):
    frames = random_frames(rng, 20, 12)
    network = two_layer_network(band_matrix(12, 2), np.zeros(12))
    narrow, exact = (ablated_outputs(network, frames, width)["band"] for width in (1, 2))
    np.testing.assert_allclose(exact, frames @ band_matrix(12, 2), rtol=1e-12)
    np.testing.assert_allclose(narrow, frames @ band_matrix(12, 1), rtol=1e-12)


def test_of_octaves_nothing_is_left(rng):
    frames = random_frames(rng, 20, 12)
    found = ablated_outputs(two_layer_network(octave_matrix(12), np.zeros(12)), frames, 1)
    assert found["model"][:, 4:].any()
    assert not found["band"][:, 4::].any()


@pytest.mark.parametrize("truth", ["identity", "dense"])
def test_planted_matrices_show_their_diagonal_whatever_the_layers_look_like(rng, truth):
    matrix = np.eye(12) if truth == "identity" else rng.uniform(0.2, 1, (12, 12))
    frames = planted_frames(30, 12, rng)
    found = ablated_outputs(planted_network(matrix, "hidden", frames, rng), frames, 0)
    np.testing.assert_allclose(found["diagonal"], frames * np.diag(matrix), atol=1e-9)


def test_silent_frames_stay_what_the_biases_make_of_them(rng):
    layers = random_layers(rng, 8, 8, 8)
    model = examine(layers)
    found = ablated_outputs(model, np.zeros((3, 8)), 2)
    for name in ("model", "diagonal", "band"):
        np.testing.assert_allclose(found[name], estimates_of(model, {}, None, {})(np.zeros((3, 8)))["model"])
    assert not found["band_no_bias"].any()


def test_in_deep_stacks_the_softest_bins_keep_the_whole_and_all_others_are_exact(rng):
    layers, frames = random_layers(rng, *[30] * 5), random_frames(rng, 6, 30)
    soft = np.arange(20, 30)
    frames[:, soft] *= 1e-4
    found = ablated_outputs(examine(layers), frames, 1)
    for frame, x in enumerate(frames):
        jacobian, offset = local_jacobian(layers, x)
        exact = np.maximum((jacobian * band_matrix(30, 1)) @ x + offset, 0)
        np.testing.assert_allclose(found["band"][frame, :20], exact[:20], atol=1e-12)
        np.testing.assert_allclose(found["band"][frame, soft], found["model"][frame, soft], atol=1e-12)
        assert not np.allclose(exact[soft], found["model"][frame, soft])


@pytest.mark.parametrize(("n_layers", "expected"), [(2, {*range(25)}), (4, {0, 8, 16, 24})])
def test_only_deep_stacks_are_sampled(rng, n_layers, expected):
    model = examine(random_layers(rng, *[8] * (n_layers + 1)))
    assert ablated_tracks(model, 25, 4) == expected
    assert ablated_tracks(model, 2, 4) == {0, 1}


def test_static_gains_of_a_model_are_its_own_not_the_target_s(tmp_path):
    cache = make_cache(tmp_path / "cache", 500, n_bins=12)
    network = two_layer_network(np.diag(GAINS), np.full(12, 0.3))
    mixture, _ = cache.load()
    expected = np.sum(mixture * network.output(mixture), axis=0) / np.sum(mixture**2, axis=0)
    np.testing.assert_allclose(output_gains(network, cache), expected, rtol=1e-5)


def test_filters_stand_beside_what_is_left(rng):
    frames, model = random_frames(rng, 4, 8), examine(random_layers(rng, 8, 8, 8))
    gains = np.linspace(0, 2, 8)
    found = estimates_of(model, {"halved": lambda magnitude: magnitude / 2}, 1, {"band": gains})(frames)
    left = ["model", "diagonal", "band", "diagonal_no_bias", "band_no_bias"]
    assert list(found) == [*left, "band_refit", "halved"]
    np.testing.assert_allclose(found["band_refit"], found["band"] * gains, rtol=1e-6)
    np.testing.assert_array_equal(found["halved"], frames / 2)
    assert list(estimates_of(model, {}, None, {})(frames)) == ["model"]


def test_refit_gains_mend_a_level_and_nothing_else(tmp_path):
    """With all bins alike, what others put in is a multiple of the bin's own, which a gain mends."""
    make_cache(tmp_path / "cache", 500, n_bins=12)
    levels = np.random.default_rng(0).gamma(1.0, size=(500, 1)).astype(np.float32)
    np.save(tmp_path / "cache" / "mixture.npy", np.repeat(levels, 12, axis=1))
    cache = SpectraCache(tmp_path / "cache")
    gains = refit_gains(two_layer_network(band_matrix(12, 2), np.zeros(12)), cache, 1)
    rows = {width: band_matrix(12, width).sum(axis=1) for width in (0, 1, 2)}
    np.testing.assert_allclose(gains["diagonal"], rows[2] / rows[0], rtol=1e-5)
    np.testing.assert_allclose(gains["band"], rows[2] / rows[1], rtol=1e-5)
