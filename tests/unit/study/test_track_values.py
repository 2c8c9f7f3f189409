"""Values out of the long table: the right ones, differences of two, and a word where there are none."""

import numpy as np
import pandas as pd
import pytest

from singmap.runtime.errors import InputError
from singmap.study.hypotheses import Measure
from singmap.study.track_values import NotMeasuredError, TrackValues
from tests.helpers.track_measures import measured

MEASURES = {
    "effect": Measure("effect", "effect", "share", {}),
    "cost": Measure("cost", "cost", "dB", {}, difference=("whole", "part")),
}


def values_of(*tables):
    return TrackValues(pd.concat(tables), MEASURES)


def test_values_lie_by_seed_and_track():
    table = measured("effect", noise=1, n_seeds=2, n_tracks=3)
    found = values_of(table.sample(frac=1, random_state=0)).of("effect", "dae")
    assert found.index.tolist() == [0, 1]
    assert found.columns.tolist() == ["t00", "t01", "t02"]
    np.testing.assert_array_equal(found.to_numpy().ravel(), table["value"])


def test_models_subjects_and_epochs_are_told_apart():
    values = values_of(
        measured("effect", mean=1),
        measured("effect", mean=2, model="sf"),
        measured("effect", mean=3, subject="untrained", weights="epoch0"),
        measured("effect", mean=4, weights="epoch4"),
        measured("other", mean=5),
    )
    assert values.models == ["dae", "sf"]
    found = [values.of("effect", *what) for what in (("dae",), ("sf",), ("dae", "untrained"))]
    assert [table.to_numpy().mean() for table in found] == [1, 2, 3]


def test_a_difference_is_taken_within_seed_and_track():
    whole = measured("whole", noise=1, seed=1)
    part = measured("part", noise=1, seed=2, n_tracks=11)
    found = values_of(whole, part.sample(frac=1, random_state=0)).of("cost", "dae")
    expected = whole.pivot(index="seed", columns="track_id", values="value") - part.pivot(
        index="seed", columns="track_id", values="value"
    )
    pd.testing.assert_frame_equal(found, expected.drop(columns="t11"), check_names=False)


def test_what_has_no_value_is_left_out():
    table = measured("effect", n_seeds=3, n_tracks=3)
    table.loc[table["seed"] == 1, "value"] = np.nan
    table.loc[table["track_id"] == "t02", "value"] = np.inf
    found = values_of(table).of("effect", "dae")
    assert found.index.tolist() == [0, 2]
    assert found.columns.tolist() == ["t00", "t01"]


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (("effect", "mdae"), "the study has no model mdae"),
        (("rest", "dae"), "rest of dae, trained, was not measured"),
        (("effect", "dae", "band"), "effect of dae, band, was not measured"),
        (("cost", "dae"), "part of dae, trained, was not measured"),
    ],
)
def test_what_was_not_measured_is_said(what, message):
    values = values_of(measured("effect"), measured("whole"))
    with pytest.raises(NotMeasuredError, match=message):
        values.of(*what)


def test_two_values_of_one_thing_are_refused():
    with pytest.raises(InputError, match=r"tables/measures.csv.*measure effect, model dae.*seed 0"):
        values_of(measured("effect"), measured("effect", mean=1))
