"""The method `nca_equal_fidelity` ends each segment at the stated error and finds planted mappings."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from singmap.mapping.method import map_segments
from singmap.mapping.planted import study_planted
from singmap.mapping.settings import DescentSettings, MappingSettings
from singmap.mapping.subject import examine
from tests.helpers.examined_stacks import SHORT, random_frames, random_layers

GOAL = SHORT.equal_fidelity.relative_l2


@pytest.fixture
def rng():
    return np.random.default_rng(8)


@pytest.fixture
def model(rng):
    return examine(random_layers(rng, 10, 10, 10))


def test_it_goes_on_until_its_goal_and_no_further(rng, model):
    every = replace(SHORT, record_every_iterations=1)
    curve = map_segments("nca_equal_fidelity", model, random_frames(rng, 1, 15, 10), every)[0].curve
    errors = curve["relative_l2"].to_numpy()
    assert 20 < len(errors) < 400
    # The update that finds the goal reached is the last one: one row before the end, and in no row before it.
    assert errors[-2] <= GOAL < errors[:-2].min()
    assert errors[-1] == pytest.approx(errors[-2], rel=0.05)


def test_a_segment_short_of_its_goal_ends_with_its_iterations_and_shows_it(rng, model):
    short = replace(SHORT, equal_fidelity=DescentSettings(7, 1e-2, GOAL))
    curve = map_segments("nca_equal_fidelity", model, random_frames(rng, 1, 15, 10), short)[0].curve
    assert list(curve["iteration"]) == list(range(8))
    assert curve["relative_l2"].iloc[-1] > GOAL


def test_it_starts_where_nca_starts(rng, model):
    frames = random_frames(rng, 1, 15, 10)
    pair = (
        map_segments(method, model, frames, SHORT, [7])[0].curve for method in ("nca", "nca_equal_fidelity")
    )
    starts = pd.DataFrame([curve.iloc[0] for curve in pair])
    np.testing.assert_allclose(starts.iloc[0], starts.iloc[1], rtol=1e-12)


def test_each_segment_ends_by_itself(rng, model):
    """However segments are stacked, on a GPU or after a kill, each result is the one it has alone."""
    frames = random_frames(rng, 3, 15, 10)
    stacked = map_segments("nca_equal_fidelity", model, frames, SHORT, starts=[3, 4, 5])
    lengths = [len(result.curve) for result in stacked]
    assert len(set(lengths)) > 1, "the segments end at different iterations, or this tests nothing"
    for segment, result in enumerate(stacked):
        pair = model, frames[segment : segment + 1], SHORT, [3 + segment]
        alone = map_segments("nca_equal_fidelity", *pair)[0]
        np.testing.assert_allclose(result.matrix, alone.matrix, rtol=1e-9, atol=1e-12)
        pd.testing.assert_frame_equal(result.curve, alone.curve, rtol=1e-9)


def test_it_finds_planted_mappings_and_invents_no_diagonal():
    """With the defaults, on 32 bins and 150 frames, behind a dense hidden layer that hides the truth."""
    table = study_planted(["nca_equal_fidelity"], [(32, 150)], MappingSettings(record_every_iterations=0))
    hidden = table[table["build"] == "hidden"].set_index("truth")
    shares = hidden["weighted_diagonal_share"]
    assert shares[["identity", "diagonal"]].min() > 0.9
    assert shares[["harmonic", "dense"]].max() < 0.1
    assert shares["banded"] == pytest.approx(hidden["true_weighted_diagonal_share"]["banded"], abs=0.1)
    assert hidden["weighted_similarity"][["identity", "diagonal", "banded", "harmonic"]].min() > 0.8
