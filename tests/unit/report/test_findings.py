"""What the report concludes from tables: planted differences are found, planted equality is not."""

import numpy as np
import pandas as pd
import pytest

from singmap.report.findings import (
    audit_sentence,
    compare_models,
    meaningful_metrics,
    planted_sentence,
    skipped_sentences,
    summarise_scores,
    track_counts,
    track_remarks,
    truths_sentence,
    withheld_sentence,
)
from tests.helpers import study_tables


@pytest.mark.parametrize(
    ("n_frames", "metrics"), [(3, ["SDR", "ISR"]), (9, ["SDR", "ISR"]), (10, ["SDR", "ISR", "SIR", "SAR"])]
)
def test_short_pieces_show_no_sir_and_sar(n_frames, metrics):
    assert meaningful_metrics(study_tables.scores(n_frames)) == metrics


def test_summary_shows_the_best_first_with_interval_and_missing_frames():
    summary = summarise_scores(study_tables.score_summary(), ["SDR", "ISR"])
    assert list(summary.columns[1:4]) == ["vocals SDR", "vocals ISR", "accompaniment SDR"]
    assert list(summary["system"]) == ["irm", "sf", "mixture"]
    assert summary.loc[1, "vocals SDR"] == "2.00 [1.00, 3.00]"
    assert summary.loc[1, "frames_without_score"] == "1 of 10"


def test_summary_tells_withheld_from_missing():
    levels = study_tables.score_summary()
    of_isr = (levels["metric"] == "ISR") & (levels["target"] == "vocals")
    levels.loc[of_isr & (levels["model"] != "irm"), ["median", "low", "high"]] = np.nan
    levels.loc[of_isr & (levels["model"] == "sf"), "n_tracks_withheld"] = 3
    summary = summarise_scores(levels, ["SDR", "ISR"]).set_index("system")["vocals ISR"]
    assert summary.to_dict() == {"irm": "6.00 [5.00, 7.00]", "sf": "withheld", "mixture": ""}


def test_page_counts_what_is_withheld_of_the_metrics_that_it_shows():
    scores = study_tables.scores()
    assert "No score" in withheld_sentence(scores, ["SDR", "ISR"])
    of_sf = (scores["model"] == "sf") & (scores["track"] == "Song 1") & (scores["target"] == "vocals")
    of_irm = (scores["model"] == "irm") & (scores["track"] == "Song 2")
    for chosen, metric in ((of_sf, "ISR"), (of_irm, "SAR")):
        scores.loc[chosen & (scores["metric"] == metric), ["value", "n_withheld"]] = np.nan, 30
    scores.loc[of_sf & (scores["metric"] == "SIR"), "n_withheld"] = 2  # the track keeps its score
    sentence = withheld_sentence(scores, ["SDR", "ISR"])
    assert sentence.startswith("2 of 192 scores of single tracks are withheld")
    assert "0.01 dB: ISR of sf (2)." in sentence
    sentence = withheld_sentence(scores, ["SDR", "ISR", "SIR", "SAR"])
    assert sentence.startswith("4 of 384 scores")
    assert "ISR of sf (2), SAR of ideal ratio mask (2)." in sentence


def test_every_look_shows_the_planted_medians_and_no_verdict():
    structure = study_tables.structure(0.7, 0.5)
    looks = compare_models(structure.sample(frac=1, random_state=0))
    assert set(looks.columns) == {"measure", "view", "method", "dae", "mdae", "sf"}
    assert len(looks) == 5 * 2 * 2 + 1  # methods x weightings x shares, and the best diagonal's error
    shares = looks[looks["method"] != "diagonal"]
    np.testing.assert_allclose(shares[["dae", "mdae", "sf"]], [[0.705, 0.605, 0.505]] * 20)
    error = looks[looks["method"] == "diagonal"]
    np.testing.assert_allclose(error[["dae", "mdae", "sf"]], [[0.425, 0.525, 0.625]])


def test_looks_keep_the_order_of_the_table():
    looks = compare_models(study_tables.structure())
    assert list(looks.columns[3:]) == ["dae", "mdae", "sf"]
    assert looks["method"].iloc[0] == "nca"
    assert looks["method"].iloc[-1] == "diagonal"


def test_audit_names_the_largest_difference_of_either_sign_and_what_disagrees():
    audit = pd.DataFrame(
        {
            "system": ["irm", "irm", "sf"],
            "track": ["a", "a", "b"],
            "difference_db": [1e-9, -3.21e-7, np.nan],
            "verdict": ["agrees", "agrees", "within_movement"],
        }
    )
    assert "rescored 2 estimates" in audit_sentence(audit)
    assert "3.2e-07 dB" in audit_sentence(audit)
    assert "don't agree" not in audit_sentence(audit)
    audit["verdict"] = ["agrees", "differs", "agrees"]
    assert "1 of 3 comparisons the two don't agree" in audit_sentence(audit)
    assert "withheld" not in audit_sentence(audit)
    audit["verdict"] = ["agrees", "withheld", "agrees"]
    assert "Not compared, because withheld: 1 of 3." in audit_sentence(audit)
    assert "rescored nothing" in audit_sentence(audit[:0])


def test_checks_on_known_functions_are_counted_by_their_outcome():
    checks = study_tables.truth_checks()
    told = truths_sentence(checks)
    assert "of 4 readings of the measures on them, 3 came out as they must, 1 did not." in told
    assert told.endswith(" Readings that this study did not make: 1.")
    assert truths_sentence(checks[:3]).endswith("3 came out as they must, none did not.")
    assert "not tried" in truths_sentence(checks[4:])


def test_what_was_left_out_of_a_model_is_told_with_the_reason():
    told = skipped_sentences(study_tables.skipped())
    assert told == ["Left out of mask (needs layers): NCA, bias share."]
    assert skipped_sentences(study_tables.skipped()[:0]) == []


def test_planted_mappings_are_told_from_the_best_method_to_the_worst():
    told = planted_sentence(study_tables.planted()).partition(" is Jacobian ")[2].partition(". ")[0]
    assert told == "1.00; NCA, all-ones 1.00; least squares 0.90; best diagonal 0.50; NCA 0.40; student 0.10"


def test_tracks_whose_audio_looks_wrong_get_a_line_each():
    tracks = study_tables.decoded_tracks({"a": "A", "b": "B", "c": "C"})
    tracks["remarks"] = ["", None, "the mixture differs"]
    assert track_remarks(tracks) == ["C (test): the mixture differs"]
    assert track_remarks(tracks[:2]) == []


def test_tracks_are_counted_by_subset():
    tracks = study_tables.decoded_tracks({"a": "A", "b": "B", "c": "C"})
    tracks["subset"] = ["train", "train", "test"]
    assert track_counts(tracks) == "2 train, 1 test tracks"
