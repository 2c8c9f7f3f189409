"""Verdicts: planted effects get the right one from either side, absent ones none, and doubts are said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import TruthChecks, Verdicts, columns
from singmap.study.hypotheses import Bound, Control, Decision, Hypotheses, Hypothesis, Measure
from singmap.study.verdicts import judge
from tests.helpers.track_measures import measured

DECISION = Decision(confidence=0.95, seeds_min=3, tracks_min=6, bootstrap_samples=2000, bootstrap_seed=0)
BELOW = Hypothesis(
    "H", "findings", "ours", "A statement.", "dae", "effect", "below", 0.25, "Other tracks would overturn it."
)
PAIRED = replace(BELOW, id="D", model="sf", minus="dae", direction="above", threshold=0.0)
MEASURES = {
    "effect": Measure("effect", "effect", "share", {}),
    "agreement": Measure("agreement", "agreement", "share", {}, pairs_of_seeds=True),
    "tried": Measure("tried", "tried", "share", {"equaliser": Bound(at_most=0.1)}),
}
SPREAD = {"tracks_differ": 0.03, "seeds_differ": 0.005, "noise": 0.01}


def judged(*tables, asked=(BELOW,), decision=DECISION):
    hypotheses = Hypotheses("2026-11-30", "abc", decision, MEASURES, tuple(asked))
    verdicts, checks = judge(pd.concat(tables), hypotheses)
    assert verdicts.columns.tolist() == columns(Verdicts)
    assert checks.columns.tolist() == columns(TruthChecks)
    return verdicts.set_index("id")


@pytest.mark.parametrize("direction", ["below", "above"])
@pytest.mark.parametrize("distance", [-0.1, 0.1])
def test_both_sides_of_a_threshold_are_as_hard_to_earn(direction, distance):
    """The mirror image of supporting data contradicts, with the same p-value and the same interval."""
    table = measured("effect", mean=0.25 + distance, **SPREAD)
    row = judged(table, asked=[replace(BELOW, direction=direction)]).loc["H"]
    expected = "supported" if (distance > 0) == (direction == "above") else "contradicted"
    assert row["verdict"] == expected
    assert row["reason"] == ""
    assert row["p_holm"] < 0.01
    assert abs(row["effect"] - (0.25 + distance)) < 0.05
    assert row["low"] < row["effect"] < row["high"]
    mirrored = judged(table.assign(value=0.5 - table["value"]), asked=[replace(BELOW, direction=direction)])
    assert mirrored.loc["H", "verdict"] == ({"supported", "contradicted"} - {expected}).pop()
    assert mirrored.loc["H", "p_value"] == pytest.approx(row["p_value"], abs=5e-3)


def test_a_difference_of_models_is_paired_by_track():
    """Tracks that differ far more than the models hide nothing; in another order they would."""
    dae, sf = (
        measured("effect", model, mean=mean, tracks_differ=3) for model, mean in (("dae", 0), ("sf", 0.1))
    )
    dae["value"] += 0.01 * (dae.index % 12)
    row = judged(dae, sf, asked=[PAIRED]).loc["D"]
    assert row["verdict"] == "supported"
    assert row["effect"] == pytest.approx(0.1 - 0.055)
    opposite = judged(dae, sf, asked=[replace(PAIRED, model="dae", minus="sf")]).loc["D"]
    assert opposite["verdict"] == "contradicted"
    assert opposite["effect"] == pytest.approx(-row["effect"])


def test_seeds_that_disagree_leave_a_difference_undecided():
    """All tracks agree, as the seeds at hand happen to lie; other seeds might lie the other way."""
    tables = [
        measured("effect", "dae", noise=0.001),
        measured("effect", "sf", mean=0.1, seeds_differ=0.1, noise=0.001, seed=3),
    ]
    row = judged(*tables, asked=[PAIRED]).loc["D"]
    by_track = tables[1].groupby("track_id")["value"].mean()
    assert (by_track > 0.01).all(), "the signed-rank test alone would decide"
    assert row["verdict"] == "undecided"
    assert row["p_value"] > 0.05
    assert row["low"] < 0 < row["high"]
    assert row["reason"] == "the interval holds the threshold 0"


@pytest.mark.parametrize("seeds_differ", [0.0, 1.0])
def test_no_difference_gets_a_verdict_no_more_often_than_allowed(seeds_differ):
    """Of 200 pairs of equal models 5 % may be told apart; more than 20 would be by chance 1 time in 500."""
    tables = [
        measured("effect", f"{name}{study}", seeds_differ=seeds_differ, noise=0.3, seed=2 * study + place)
        for study in range(200)
        for place, name in enumerate(("dae", "sf"))
    ]
    asked = [replace(PAIRED, id=str(study), model=f"sf{study}", minus=f"dae{study}") for study in range(200)]
    few = replace(DECISION, bootstrap_samples=1000)
    hypotheses = Hypotheses("2026-11-30", "abc", few, {"effect": MEASURES["effect"]}, tuple(asked))
    verdicts, _ = judge(pd.concat(tables), hypotheses)
    assert set(verdicts["verdict"]) == {"undecided"}, "none of 200 survives Holm's correction"
    apart = (verdicts["low"] > 0) | (verdicts["high"] < 0)
    assert apart.sum() <= 20
    assert ((verdicts["p_value"] <= 0.05) & apart).sum() <= 20


def test_the_signed_rank_test_is_of_the_threshold():
    """One of seven tracks lies far above it: by ranks nothing is sure, though all values are positive."""
    table = measured("effect", mean=0.15, n_tracks=7, tracks_differ=0.01)
    table.loc[table["track_id"] == "t03", "value"] = 2
    row = judged(table).loc["H"]
    assert row["p_value"] == pytest.approx(2 * 19 / 128), "19 of 128 signs have a sum of ranks of 7 or less"
    assert row["high"] < 0.25


def test_holm_counts_the_hypotheses_of_a_family_that_were_tested():
    tables = [measured("effect", model, mean=mean, **SPREAD) for model, mean in (("dae", 0.1), ("sf", 0.24))]
    asked = [
        BELOW,
        replace(BELOW, id="S", model="sf"),
        replace(BELOW, id="X", family="exploratory"),
        replace(BELOW, id="missing", model="mdae"),
    ]
    rows = judged(*tables, asked=asked)
    assert rows.index.tolist() == ["H", "S", "X", "missing"], "the order of the file"
    assert rows.loc["H", "p_holm"] == pytest.approx(2 * rows.loc["H", "p_value"])
    assert rows.loc["S", "p_holm"] == pytest.approx(rows.loc["S", "p_value"])
    assert rows.loc["X", "p_holm"] == rows.loc["X", "p_value"] == rows.loc["H", "p_value"]


def test_an_interval_on_one_side_is_not_enough_where_holm_says_no():
    """Six tracks of one sign give p = 1/32: enough for one hypothesis, not for two, and that is said."""
    table = measured("effect", mean=0.1, n_tracks=6, **SPREAD)
    asked = [BELOW, replace(BELOW, id="H2")]
    assert judged(table).loc["H", "verdict"] == "supported"
    rows = judged(table, asked=asked)
    assert set(rows["verdict"]) == {"undecided"}
    assert (rows["high"] < 0.25).all()
    told = "p = 0.062 after Holm; of 2 hypotheses 6 tracks can't decide the first, 7 can"
    assert set(rows["reason"]) == {told}


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (measured("effect", n_seeds=2, **SPREAD), "too few seeds: 2, needs 3"),
        (measured("effect", n_seeds=1, **SPREAD), "too few seeds: 1, needs 3"),
        (measured("effect", n_tracks=5, **SPREAD), "too few tracks: 5, needs 6"),
        (measured("effect", mean=np.nan), "undefined on every track"),
        (measured("other", **SPREAD), "effect of dae, trained, was not measured"),
        (measured("effect", "sf", **SPREAD), "the study has no model dae"),
        (measured("effect", weights="epoch8", **SPREAD), "the study has no model dae"),
    ],
)
def test_what_can_not_be_tested_gets_no_verdict(table, reason):
    row = judged(table).loc["H"]
    assert row["verdict"] == "not testable"
    assert row["reason"] == reason
    assert np.isnan([row["low"], row["high"], row["p_value"], row["p_holm"]]).all()


def test_of_two_models_the_smaller_number_of_seeds_and_the_common_tracks_count():
    dae = measured("effect", "dae", n_seeds=4, n_tracks=9, noise=0.01)
    sf = measured("effect", "sf", mean=1, n_seeds=3, noise=0.01)
    sf.loc[(sf["track_id"] == "t04") & (sf["seed"] == 1), "value"] = np.nan
    row = judged(dae, sf, asked=[PAIRED]).loc["D"]
    assert (row["n_seeds"], row["n_tracks"]) == (3, 8)
    swapped = judged(dae, sf, asked=[replace(PAIRED, model="dae", minus="sf")]).loc["D"]
    assert (swapped["n_seeds"], swapped["n_tracks"]) == (3, 8)
    assert row["verdict"] == "supported"
    nothing = sf.assign(value=np.nan)
    assert judged(dae, nothing, asked=[PAIRED]).loc["D", "reason"] == "undefined on every track"


CONTROLLED = replace(BELOW, control=Control("untrained", 0.25))


def untrained(mean, **options):
    return measured("effect", subject="untrained", weights="epoch0", mean=mean, **SPREAD | options)


def test_support_needs_the_control_to_be_passed_too():
    trained = measured("effect", mean=0.1, **SPREAD)
    assert judged(trained, untrained(0.9), asked=[CONTROLLED]).loc["H", "verdict"] == "supported"
    for mean in (0.4, 0.2):
        row = judged(trained, untrained(mean), asked=[CONTROLLED]).loc["H"]
        assert row["verdict"] == "undecided"
        assert row["reason"].startswith("not below 0.25 of untrained")


def test_the_control_belongs_to_the_seed_that_was_trained_from_it():
    """Seeds whose levels differ hide nothing where each is a sixth of its own control."""
    trained = measured("effect", mean=0.1, seeds_differ=0.02, tracks_differ=0.01)
    own = untrained(0).assign(value=6 * trained["value"])
    assert judged(trained, own, asked=[CONTROLLED]).loc["H", "verdict"] == "supported"


def test_of_threshold_and_control_the_larger_p_value_counts():
    trained = measured("effect", mean=0.1, **SPREAD)
    uncertain = untrained(0.9)
    uncertain["value"] += 0.1 * (uncertain["seed"] - 1)
    plain, beside = (judged(trained, uncertain, asked=[asked]).loc["H"] for asked in (BELOW, CONTROLLED))
    assert beside["verdict"] == "supported"
    assert 3 * plain["p_value"] < beside["p_value"] < 0.05


def test_contradiction_needs_no_control():
    """Whether training came from anywhere near does not matter where the threshold itself is missed."""
    trained = measured("effect", mean=0.6, **SPREAD)
    for others in ([], [untrained(0.1)], [untrained(0.9)]):
        assert judged(trained, *others, asked=[CONTROLLED]).loc["H", "verdict"] == "contradicted"


def test_a_control_that_is_missing_prevents_support():
    trained = measured("effect", mean=0.1, **SPREAD)
    row = judged(trained, asked=[CONTROLLED]).loc["H"]
    assert row["verdict"] == "undecided"
    assert row["reason"] == "nothing to compare with: effect of dae, untrained, was not measured"
    row = judged(trained, untrained(0.9, n_seeds=1), asked=[CONTROLLED]).loc["H"]
    assert row["reason"] == "no comparison with untrained: too few seeds: 1, needs 3"


@pytest.mark.parametrize(("mean", "would_be"), [(0.1, "supported"), (0.4, "contradicted")])
def test_a_measure_that_misjudges_a_truth_decides_nothing(mean, would_be):
    asked = [replace(BELOW, measure="tried")]
    trained = measured("tried", mean=mean, **SPREAD)
    told = judged(trained, measured("tried", subject="equaliser", mean=0.05), asked=asked).loc["H"]
    assert (told["verdict"], told["mark"]) == (would_be, "")
    wrong = judged(trained, measured("tried", subject="equaliser", mean=0.2), asked=asked).loc["H"]
    assert (wrong["verdict"], wrong["mark"]) == ("undecided", "misjudges equaliser (dae)")
    assert wrong["reason"] == f"would be {would_be}, but the measure misjudges equaliser (dae)"
    untried = judged(trained, asked=asked).loc["H"]
    assert (untried["verdict"], untried["mark"]) == (would_be, "not tried on equaliser")


def test_a_model_that_no_hypothesis_is_about_marks_no_measure():
    """One of one's own may not learn the known function at all: that is its failing, not the measure's."""
    asked = [replace(BELOW, measure="tried")]
    tables = [measured("tried", mean=0.1, **SPREAD), measured("tried", subject="equaliser", mean=0.05)]
    own = [measured("tried", "mask", mean=0.1), measured("tried", "mask", "equaliser", mean=0.9)]
    row = judged(*tables, *own, asked=asked).loc["H"]
    assert (row["verdict"], row["mark"]) == ("supported", "")


def test_means_over_pairs_of_seeds_are_less_certain():
    asked = [replace(BELOW, id=measure, measure=measure) for measure in ("effect", "agreement")]
    values = {"mean": 0.1, "seeds_differ": 0.02, "noise": 0.001}
    rows = judged(*(measured(measure, **values) for measure in ("effect", "agreement")), asked=asked)
    widths = rows["high"] - rows["low"]
    assert widths["agreement"] / widths["effect"] == pytest.approx(4, rel=0.05), (
        "of three seeds, 2 (n-1) / (n-2)"
    )


def test_every_row_names_the_file_that_it_was_asked_by():
    row = judged(measured("effect", **SPREAD)).loc["H"]
    assert (row["written"], row["digest"], row["overturned_by"]) == ("2026-11-30", "abc", BELOW.overturned_by)
