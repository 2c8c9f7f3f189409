"""What all methods have in common: one interface, one result, and walls between their codes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from singmap.mapping.method import load_method, map_segments, start_seed
from singmap.mapping.registry import method_module, method_names, method_settings
from singmap.mapping.settings import settings_of
from singmap.mapping.subject import examine
from singmap.models.layers import Layer
from singmap.runtime.code_digests import code_digests
from singmap.runtime.errors import InputError
from tests.helpers.examined_stacks import SHORT, random_frames, random_layers

METHODS = method_names()


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


@pytest.mark.parametrize("method", METHODS)
def test_functions_without_layers_are_examined_where_that_is_possible(rng, method):
    gains = torch.rand(10, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    frames = random_frames(rng, 1, 30, 10)
    if load_method(method).NEEDS_LAYERS:
        message = (
            f"mapping method {method}: expected a model with known layers.*diagonal, jacobian, .*student"
        )
        with pytest.raises(InputError, match=message):
            map_segments(method, examine(lambda x: x * gains), frames, SHORT)
    else:
        matrix = map_segments(method, examine(lambda x: x * gains), frames, SHORT)[0].matrix
        assert matrix.shape == (10, 10)
        if method != "student":  # 20 short steps do not reach the solution
            np.testing.assert_allclose(matrix, np.diag(gains), atol=1e-4)


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
    with pytest.raises(InputError, match=r"one of diagonal.*nca"):
        map_segments("lime", model, frames, SHORT)


EQUAL_FIDELITY = {"relative_l2": 1e-9, "iterations_max": 30, "learning_rate": 1e-2}
CONFIGURED = {
    "iterations": 12,
    "learning_rate": 1e-3,
    "bias_axis": "input",
    "precision": "float64",
    "record_every_iterations": 5,
    "equal_fidelity": EQUAL_FIDELITY,
}
CHANGES = {
    "iterations": 11,
    "learning_rate": 2e-3,
    "bias_axis": "output",
    "precision": "float32",
    "record_every_iterations": 4,
    "equal_fidelity": EQUAL_FIDELITY | {"iterations_max": 29},
}


@pytest.mark.parametrize("method", METHODS)
def test_a_method_reads_the_settings_that_it_names_and_no_others(rng, model, method):
    """The rules hand over what SETTINGS names: with a key too few the default would stand in its place."""
    frames = random_frames(rng, 1, 15, 10)

    def outcome(values):
        (result,) = map_segments(method, model, frames, settings_of(values))
        return result.matrix.tobytes(), result.curve.to_csv()

    before = outcome(CONFIGURED)
    read = [key for key, value in CHANGES.items() if outcome(CONFIGURED | {key: value}) != before]
    assert sorted(read) == sorted(method_settings(method))


@pytest.mark.parametrize("method", METHODS)
def test_a_method_s_code_holds_no_other_method_and_no_measures(root, method):
    """An edit of one method, or a new measure, maps nothing anew by another method."""
    script = root / "workflow/scripts/map_model.py"
    shared, digests = code_digests(script, root), code_digests(script, root, [method_module(method)])
    modules = {name for name in digests if name.startswith("singmap.mapping.methods.")}
    assert modules == {method_module(method)}
    assert "singmap.mapping.measures" not in digests
    assert "singmap.mapping.method" in shared
    assert not [name for name in shared if name.startswith("singmap.mapping.methods.")]


@pytest.mark.parametrize(
    ("module", "methods"),
    [
        ("singmap.mapping.nca", {"nca", "nca_equal_fidelity", "nca_ones"}),
        ("singmap.mapping.gains", {"nca_equal_fidelity"}),
        ("singmap.mapping.fit", {"nca", "nca_equal_fidelity", "nca_ones", "student"}),
        ("singmap.mapping.jacobian", {"jacobian", "jacobian_weighted"}),
        ("singmap.mapping.diagonal", {"diagonal"}),
    ],
)
def test_what_methods_share_is_code_of_these_alone(root, module, methods):
    script = root / "workflow/scripts/map_model.py"
    users = {method for method in METHODS if module in code_digests(script, root, [method_module(method)])}
    assert users == methods


def test_start_seeds_differ_between_models_and_segments():
    assert len({start_seed(seed, segment) for seed in range(5) for segment in range(50)}) == 250


def test_default_starts_are_numbered(rng, model):
    frames = random_frames(rng, 2, 15, 10)
    settings = replace(SHORT, record_every_iterations=0)
    named, numbered = (map_segments("nca", model, frames, settings, s) for s in ([0, 1], None))
    for result, other in zip(named, numbered, strict=True):
        np.testing.assert_array_equal(result.matrix, other.matrix)


@pytest.mark.parametrize("method", method_names())
def test_a_gpu_gives_the_result_of_the_cpu(method, rng, cuda):
    """Every method with the model where a job puts it: on the device, if it computes there at all."""
    layers, frames = random_layers(rng, 8, 8, 8), random_frames(rng, 2, 10, 8)
    results = []
    for device in ("cpu", str(cuda) if load_method(method).USES_GPU else "cpu"):
        placed = [Layer(layer.weight.to(device), layer.bias.to(device), layer.activation) for layer in layers]
        settings = replace(SHORT, device=device)
        results.append(map_segments(method, examine(placed, True), frames, settings, [4, 5]))
    for own, other in zip(*results, strict=True):
        np.testing.assert_allclose(other.matrix, own.matrix, rtol=1e-9, atol=1e-12)
        pd.testing.assert_frame_equal(other.curve, own.curve, rtol=1e-9)


def needs_gpu(method):
    """The Jacobians follow the model, which lies on the CPU here; others go to the device by themselves."""
    return load_method(method).USES_GPU and not method.startswith("jacobian")


def test_methods_that_use_no_gpu_leave_it_alone(rng, fake_gpu):
    examined = examine(random_layers(rng, 8, 8, 8))
    for method in method_names():
        before = fake_gpu.copied_bytes["to"]
        settings = replace(SHORT, device="cuda")
        map_segments(method, examined, random_frames(rng, 1, 10, 8), settings)
        assert (fake_gpu.copied_bytes["to"] > before) == needs_gpu(method), method
