"""Cards: what the tables say of a hypothesis, drawn where it is, with what may be said against it."""

import pandas as pd
import pytest

from singmap.report.answer import HEADINGS, Check, effect_axis, hypothesis_groups, tally
from tests.helpers import study_tables

FIRST, SECOND = ("findings", "paper, first finding"), ("findings", "paper, second finding")


def cards(**columns):
    verdicts = study_tables.verdicts().assign(measure="outside_effect", **columns)
    groups = hypothesis_groups(verdicts, study_tables.truth_checks())
    return {card["id"]: card for group in groups for card in group["cards"]}


def test_the_paper_s_findings_come_first_and_other_sources_keep_a_place():
    verdicts = study_tables.verdicts()
    places = [("exploratory", "ours"), ("mine", "a guest"), SECOND, FIRST, SECOND, ("findings", "ours")]
    verdicts["family"], verdicts["source"] = zip(*places, strict=True)
    groups = hypothesis_groups(verdicts, study_tables.truth_checks())
    expected = [HEADINGS[key][0] for key in (FIRST, SECOND, ("findings", "ours"), ("exploratory", "ours"))]
    assert [group["heading"] for group in groups] == [*expected, "A guest, mine"]
    assert [[card["id"] for card in group["cards"]] for group in groups] == [
        ["F4"],
        ["F3", "F5"],
        ["F6"],
        ["F1"],
        ["F2"],
    ]
    assert [group["claims"] for group in groups] == [True, True, True, False, True]


def test_verdicts_are_counted_in_a_fixed_order():
    assert tally(study_tables.verdicts()) == [
        ("supported", "supported", 1),
        ("contradicted", "contradicted", 1),
        ("undecided", "undecided", 2),
        ("not testable", "not-testable", 2),
    ]


def test_a_card_tells_effect_interval_sample_and_p_value_once():
    told = cards()
    assert (told["F1"]["effect"], told["F1"]["interval"], told["F1"]["unit"]) == (
        "0.0812",
        "0.06 to 0.1",
        "share",
    )
    assert told["F1"]["predicted"] == "below 0.25"
    assert told["F1"]["sample"] == "25 tracks, 3 seeds, p = 0.0012 after Holm"
    assert told["F2"]["decided_by"] == "outside effect of dae minus sf"
    assert told["F4"]["sample"] == "25 tracks, 3 seeds", "the reason gives p already"
    assert told["F5"]["sample"] == "2 tracks, 1 seed"
    assert (told["F6"]["effect"], told["F6"]["interval"], told["F6"]["axis"]) == ("not measured", "", None)


def test_trust_is_that_of_the_models_the_hypothesis_is_about():
    told = cards()
    assert told["F1"]["checks"] == [
        Check("equaliser", "passed", "dae 0.01 (at most 0.1)"),
        Check("band", "passed", "dae 0.03 (at most 0.1)"),
        Check("harmonic", "not measured", ""),
    ]
    with_sf = {check.truth: check for check in told["F2"]["checks"]}
    assert with_sf["band"] == Check("band", "failed", "dae 0.03 (at most 0.1), sf 0.31 (at most 0.1)")
    assert with_sf["equaliser"].outcome == "passed"


@pytest.mark.parametrize("direction", ["above", "below"])
def test_an_axis_holds_zero_effect_interval_and_threshold_in_their_order(direction):
    margin = 0.08 / 1.16 * 100
    axis = effect_axis(0.2, 0.1, 0.4, 0.3, direction)
    scale = 100 / 1.16 / 0.4
    assert axis.effect == pytest.approx(margin + 0.2 * scale, abs=0.01)
    assert axis.low == pytest.approx(margin + 0.1 * scale, abs=0.01)
    assert axis.high == pytest.approx(100 - margin, abs=0.01)
    assert axis.threshold == pytest.approx(margin + 0.3 * scale, abs=0.01)
    expected = (axis.threshold, 100 - axis.threshold) if direction == "above" else (0, axis.threshold)
    assert (axis.predicted_start, axis.predicted_width) == pytest.approx(expected, abs=0.01)


def test_an_effect_without_interval_on_its_threshold_has_a_place():
    axis = effect_axis(0.0, float("nan"), float("nan"), 0.0, "above")
    assert (axis.low, axis.high) == (None, None)
    assert 0 < axis.effect == axis.threshold < 100


def test_a_study_without_hypotheses_has_no_cards():
    empty = study_tables.verdicts()[:0]
    assert hypothesis_groups(empty, study_tables.truth_checks()[:0]) == []
    assert tally(pd.DataFrame(empty)) == []
