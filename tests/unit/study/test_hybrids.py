"""Models on hybrids: by rank updates, and as the model itself has them."""

import numpy as np
import pytest
import torch

from singmap.mapping.subject import examine
from singmap.models.layers import Layer, apply_layers
from singmap.runtime.errors import InputError
from singmap.study.hybrids import Hybrids, heard, hybrid_outputs
from tests.helpers.examined_stacks import STACKS, random_frames, random_layers

SQUARE = [(widths, skip) for widths, skip in STACKS if widths[0] == widths[-1]]


@pytest.fixture(params=SQUARE, ids=str)
def stack(request):
    widths, skip_filtering = request.param
    return random_layers(np.random.default_rng(3), *widths), skip_filtering


@pytest.mark.parametrize("half_width", [0, 1, 3, 20])
def test_both_ways_give_the_models_output_on_the_hybrid(stack, half_width, monkeypatch):
    monkeypatch.setattr("singmap.study.hybrids.BATCH_FRAMES", 50)  # two sets together, and one alone
    layers, skip_filtering = stack
    rng = np.random.default_rng(4)
    near, elsewhere = random_frames(rng, 30, 8), random_frames(rng, 30, 8)
    near[0] = elsewhere[1] = 0  # silence is a frame like any other
    known = examine(layers, skip_filtering)
    function = examine(lambda frames: apply_layers(layers, frames, skip_filtering))
    found = []
    for model in (known, function):
        parts = heard(model, near), heard(model, elsewhere)
        found.append(hybrid_outputs(model, [Hybrids(*parts, k) for k in (0, 3, 7)], half_width))
    for index, output_bin in enumerate((0, 3, 7)):
        hybrids = np.array([
            [near[t, j] if abs(j - output_bin) <= half_width else elsewhere[t, j] for j in range(8)]
            for t in range(30)
        ])  # fmt: skip
        expected = apply_layers(layers, torch.from_numpy(hybrids), skip_filtering)[:, output_bin]
        for outputs in found:
            np.testing.assert_allclose(outputs[index], expected, rtol=0, atol=1e-14)


def test_chosen_frames_keep_what_belongs_to_them(stack):
    layers, skip_filtering = stack
    frames = random_frames(np.random.default_rng(5), 6, 8)
    model, chosen = examine(layers, skip_filtering), np.array([4, 0, 4])
    for found, expected in zip(
        vars(heard(model, frames).rows(chosen)).values(),
        vars(heard(model, frames[chosen])).values(),
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)


def test_linear_layers_stay_linear():
    model = examine([(-np.eye(3), np.zeros(3), "linear")] * 3)
    frames = heard(model, np.eye(3))
    assert hybrid_outputs(model, [Hybrids(frames, frames, 1)], 0)[0].tolist() == [0, -1, 0]


def test_a_model_with_other_bins_at_its_output_is_refused():
    model = examine([Layer(torch.ones(2, 3), torch.zeros(2), "relu")])
    with pytest.raises(InputError, match="as many output bins as input bins"):
        heard(model, np.ones((1, 3)))
