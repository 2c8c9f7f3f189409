import numpy as np
import pandas as pd
import pytest
import torch

from singmap.mapping.fit import StoppingRule
from singmap.mapping.method import (
    METHODS,
    NEEDS_LAYERS,
    DescentSettings,
    MappingSettings,
    map_segments,
    settings_of,
    start_seed,
)
from singmap.mapping.nca import neural_couplings, xavier_couplings
from singmap.mapping.subject import examine
from singmap.models.designs import design_of
from singmap.models.network import build_model
from singmap.runtime.errors import InputError
from tests.unit.examined_stacks import random_frames, random_layers

SHORT = MappingSettings(
    DescentSettings(20, 1e-3),
    DescentSettings(400, 1e-2, StoppingRule(0.05, 20)),
    precision="float64",
    record_every=10,
)


@pytest.fixture
def rng():
    return np.random.default_rng(8)


@pytest.fixture
def model(rng):
    return examine(random_layers(rng, 10, 10, 10))


@pytest.mark.parametrize("method", METHODS)
def test_all_methods_share_one_result(rng, model, method):
    frames = random_frames(rng, 2, 15, 10)
    results = map_segments(method, model, frames, SHORT)
    assert len(results) == 2
    for segment, result in enumerate(results):
        assert result.matrix.shape == (10, 10)
        last = result.curve.iloc[-1]
        error = np.abs(model.output(frames[segment]) - frames[segment] @ result.matrix.T).sum()
        assert last["loss"] == pytest.approx(error, rel=1e-10)
        assert last["relative_l1"] == pytest.approx(error / model.output(frames[segment]).sum(), rel=1e-10)
        assert 0 <= last["diagonal_share"] <= last["band_share_2"] <= 1


def test_nca_is_the_plain_function_from_seeded_starts(rng, model):
    frames = random_frames(rng, 2, 15, 10)
    result = map_segments("nca", model, frames, SHORT, starts=[5, 6])[1]
    weights = [layer.weight.numpy() for layer in model.layers]
    biases = [layer.bias.numpy() for layer in model.layers]
    alone = neural_couplings(
        weights, biases, frames[1], model.output(frames[1]), xavier_couplings([10, 10], 6), 20, 1e-3
    )
    np.testing.assert_allclose(result.matrix, alone.mapping, atol=1e-12)
    np.testing.assert_allclose(result.curve["loss"][:-1], alone.losses, rtol=1e-12)
    assert list(result.curve.dropna()["iteration"]) == [0, 10, 20]


def test_nca_converged_goes_on_until_its_rule(rng, model):
    frames = random_frames(rng, 1, 15, 10)
    fixed, converged = (map_segments(m, model, frames, SHORT)[0].curve for m in ("nca", "nca_converged"))
    assert len(fixed) == 21
    assert len(fixed) < len(converged) < 401
    assert converged["loss"].iloc[-1] < fixed["loss"].iloc[-1]


def test_nca_converged_ends_each_segment_by_itself(rng, model):
    """However segments are stacked, on a GPU or after a kill, each result is the one it has alone."""
    frames = random_frames(rng, 3, 15, 10)
    stacked = map_segments("nca_converged", model, frames, SHORT, starts=[3, 4, 5])
    lengths = [len(result.curve) for result in stacked]
    assert len(set(lengths)) > 1, "the segments end at different iterations, or this tests nothing"
    for segment, result in enumerate(stacked):
        pair = model, frames[segment : segment + 1], SHORT, [3 + segment]
        alone = map_segments("nca_converged", *pair)[0]
        np.testing.assert_allclose(result.matrix, alone.matrix, rtol=1e-9)
        pd.testing.assert_frame_equal(result.curve, alone.curve, rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_functions_without_layers_are_examined_where_that_is_possible(rng, method):
    gains = torch.rand(10, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    frames = random_frames(rng, 1, 30, 10)
    if method in NEEDS_LAYERS:
        with pytest.raises(InputError, match=f"mapping method {method}: expected a model with known layers"):
            map_segments(method, examine(lambda x: x * gains), frames, SHORT)
    else:
        matrix = map_segments(method, examine(lambda x: x * gains), frames, SHORT)[0].matrix
        assert matrix.shape == (10, 10)
        if method != "student":  # 20 short steps do not reach the solution
            np.testing.assert_allclose(matrix, np.diag(gains), atol=1e-4)


@pytest.mark.parametrize("name", ["dae", "mdae", "sf"])
def test_models_of_the_project_and_their_bare_layers_are_the_same(rng, name):
    network = build_model(design_of(name), 10, 0).double()
    whole, bare = examine(network), examine(network.layers(), network.skip_filtering)
    frames = random_frames(rng, 1, 8, 10)
    np.testing.assert_allclose(whole.output(frames[0]), bare.output(frames[0]), atol=1e-13)
    for method in ("nca_ones", "jacobian"):
        pair = [map_segments(method, model, frames, SHORT)[0].matrix for model in (whole, bare)]
        np.testing.assert_allclose(*pair, atol=1e-12)


def test_bad_frames_and_dead_models_are_one_clear_error_each(rng, model):
    frames = random_frames(rng, 1, 8, 10)
    broken = frames.copy()
    broken[0, 3, 3] = np.nan
    dead = examine([(-np.eye(10), np.zeros(10), "relu")])
    cases = [
        (model, frames[:, :0], "at least one frame"),
        (model, frames[0], r"shape \(n_segments, n_frames, n_bins\)"),
        (model, broken, "frames of segment 0: expected finite magnitudes"),
        (model, 0 * frames, "frames of segment 0: expected some sound"),
        (dead, frames, "the model's output: expected some sound, found zeros only; the model is dead"),
        (model, frames[..., :7], "expected 10 bins, the model's inputs, found 7"),
    ]
    for examined, given, message in cases:
        with pytest.raises(InputError, match=message):
            map_segments("student", examined, given, SHORT)
    with pytest.raises(InputError, match="one of nca"):
        map_segments("lime", model, frames, SHORT)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "at least one layer"),
        (
            [(np.ones((3, 2)), np.ones(3), "relu"), (np.ones((2, 4)), np.ones(2), "relu")],
            "layer 1: expected 3 inputs",
        ),
        ([(np.ones((3, 2)), np.ones(2), "relu")], "layer 0: expected weight"),
        ([(np.ones((3, 3)), np.ones(3), "gelu")], "activation relu or linear"),
        ([(np.full((3, 3), np.nan), np.ones(3), "relu")], "finite weights"),
    ],
)
def test_layers_that_do_not_chain_are_refused(layers, message):
    with pytest.raises(InputError, match=message):
        examine(layers)


def test_skip_filtering_needs_as_many_outputs_as_inputs():
    with pytest.raises(InputError, match="skip connection"):
        examine([(np.ones((3, 2)), np.ones(3), "relu")], skip_filtering=True)


def test_settings_take_the_configuration_s_names():
    converged = {
        "iterations_max": 7,
        "learning_rate": 0.2,
        "stop_relative_improvement": 0.1,
        "stop_window_iterations": 3,
    }
    settings = settings_of(
        {"iterations": 5, "learning_rate": 0.1, "precision": "bfloat16", "converged": converged}
    )
    assert settings.fixed == DescentSettings(5, 0.1)
    assert settings.converged == DescentSettings(7, 0.2, StoppingRule(0.1, 3))
    assert (settings.precision, settings.bias_axis) == ("bfloat16", "input")
    assert settings_of({}) == MappingSettings()


def test_start_seeds_differ_between_models_and_segments():
    assert len({start_seed(seed, segment) for seed in range(5) for segment in range(50)}) == 250
