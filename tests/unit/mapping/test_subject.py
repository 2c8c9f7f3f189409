"""The model under examination, as layers or as a function, and the frames that are measured with it."""

import numpy as np
import pytest

from singmap.mapping.method import map_segments
from singmap.mapping.subject import examine, examined_pairs
from singmap.models.designs import design_of
from singmap.models.network import build_model
from singmap.runtime.errors import InputError
from tests.helpers.examined_stacks import SHORT, random_frames, random_layers


@pytest.fixture
def rng():
    return np.random.default_rng(8)


@pytest.mark.parametrize("name", ["dae", "mdae", "sf"])
def test_models_of_the_project_and_their_bare_layers_are_the_same(rng, name):
    network = build_model(design_of(name), 10, 0).double()
    whole, bare = examine(network), examine(network.layers(), network.skip_filtering)
    frames = random_frames(rng, 1, 8, 10)
    np.testing.assert_allclose(whole.output(frames[0]), bare.output(frames[0]), atol=1e-13)
    for method in ("nca_ones", "jacobian"):
        pair = [map_segments(method, model, frames, SHORT)[0].matrix for model in (whole, bare)]
        np.testing.assert_allclose(*pair, atol=1e-12)


def test_layers_are_known_or_asked_for_in_vain(rng):
    assert len(examine(random_layers(rng, 10, 8, 10)).known_layers) == 2
    with pytest.raises(InputError, match="model: expected known layers, found a function"):
        _ = examine(abs).known_layers


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


def test_unseen_frames_are_left_out_where_they_or_the_output_are_silent(rng):
    """The rest of a track may be silent, or too quiet for the model: no reason to lose the segment."""
    gate = examine([(np.eye(12), np.full(12, -0.5), "relu")])
    loud, quiet = 1 + random_frames(rng, 30, 12), np.full((10, 12), 0.1)
    assert set(examined_pairs(gate, loud, loud[:4])) == {"optimised", "other"}
    for unseen in (quiet, 0 * quiet, quiet[:0]):
        assert set(examined_pairs(gate, loud, unseen)) == {"optimised"}
    with pytest.raises(InputError, match="the model's output: expected some sound"):
        examined_pairs(gate, quiet, loud)
    with pytest.raises(InputError, match="expected finite magnitudes"):
        examined_pairs(gate, loud, np.full((10, 12), np.nan))
