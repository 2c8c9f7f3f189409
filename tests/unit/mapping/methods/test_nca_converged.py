import numpy as np
import pandas as pd
import pytest

from singmap.mapping.method import map_segments
from singmap.mapping.subject import examine
from tests.helpers.examined_stacks import SHORT, random_frames, random_layers


@pytest.fixture
def rng():
    return np.random.default_rng(8)


@pytest.fixture
def model(rng):
    return examine(random_layers(rng, 10, 10, 10))


def test_it_goes_on_until_its_rule(rng, model):
    frames = random_frames(rng, 1, 15, 10)
    fixed, converged = (map_segments(m, model, frames, SHORT)[0].curve for m in ("nca", "nca_converged"))
    assert len(fixed) == 21
    assert len(fixed) < len(converged) < 401
    assert converged["loss"].iloc[-1] < fixed["loss"].iloc[-1]


def test_each_segment_ends_by_itself(rng, model):
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
