"""Measures are tried on trained truths, and a measure that misjudges one is marked by name."""

import pandas as pd
import pytest

from singmap.study.hypotheses import Bound, Measure
from singmap.study.track_values import TrackValues
from singmap.study.truth_checks import check_truths, mark_of
from tests.helpers.track_measures import measured

TRUTHS = {"equaliser": Bound(at_most=0.1), "harmonic": Bound(at_least=0.3)}
MEASURES = {"effect": Measure("effect", "effect", "share", TRUTHS), "sdr": Measure("sdr", "sdr", "dB", {})}


def checked(*tables):
    return check_truths(TrackValues(pd.concat(tables), MEASURES), MEASURES)


def truths(equaliser=0.05, harmonic=0.5, model="dae"):
    return pd.concat(
        [
            measured("effect", model, mean=0.2),
            measured("effect", model, "equaliser", mean=equaliser, tracks_differ=0.01, n_seeds=1),
            measured("effect", model, "harmonic", mean=harmonic, tracks_differ=0.01, n_seeds=2),
        ]
    )


def test_truths_that_are_told_leave_no_mark():
    checks = checked(truths())
    assert checks["outcome"].tolist() == ["passed", "passed"]
    assert checks["n_seeds"].tolist() == [1, 2]
    assert mark_of(checks, "effect") == ""
    assert mark_of(checks, "sdr") == ""


def test_the_check_is_of_the_median_track_over_the_mean_of_seeds():
    table = truths()
    of_track = (table["subject"] == "equaliser") & (table["track_id"] == "t03")
    table.loc[of_track, "value"] = 100
    values = table[table["subject"] == "equaliser"]["value"]
    checks = checked(table)
    assert checks["value"].iloc[0] == pytest.approx(values.median())
    assert mark_of(checks, "effect") == ""


@pytest.mark.parametrize(
    ("table", "mark"),
    [
        (truths(equaliser=0.2), "misjudges equaliser (dae)"),
        (truths(harmonic=0.2), "misjudges harmonic (dae)"),
        (pd.concat([truths(), truths(harmonic=0.2, model="sf")]), "misjudges harmonic (sf)"),
        (
            pd.concat([truths(equaliser=0.2), truths(equaliser=0.3, harmonic=0, model="sf")]),
            "misjudges equaliser (dae, sf); harmonic (sf)",
        ),
    ],
)
def test_a_misjudged_truth_is_named(table, mark):
    assert mark_of(checked(table), "effect") == mark


def test_truths_that_were_not_measured_are_said():
    checks = checked(measured("effect"), measured("effect", subject="harmonic", mean=0.5))
    assert checks["outcome"].tolist() == ["not measured", "passed"]
    assert mark_of(checks, "effect") == "not tried on equaliser"
    table = measured("effect", subject="equaliser", mean=float("nan"))
    assert checked(table)["outcome"].tolist() == ["not measured", "not measured"]


def test_one_design_is_enough_to_try_a_measure():
    assert mark_of(checked(truths(), measured("effect", "sf")), "effect") == ""
