"""What the report concludes from tables: planted differences are found, planted equality is not."""

import numpy as np
import pandas as pd
import pytest

from singmap.report.findings import (
    audit_sentence,
    chance_of_parting,
    compare_models,
    meaningful_metrics,
    summarise_scores,
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


@pytest.mark.parametrize(
    ("dae_share", "sf_share", "verdict"),
    [(0.7, 0.5, "agrees"), (0.5, 0.7, "disagrees"), (0.6, 0.6, "undecided")],
)
def test_every_look_finds_the_planted_direction(dae_share, sf_share, verdict):
    looks = compare_models(study_tables.structure(dae_share, sf_share))
    assert set(looks["verdict"]) == {verdict}
    assert len(looks) == 5 * 2 * 2 + 1  # methods x weightings x shares, and the best diagonal's error
    assert "relative_l2" in set(looks["measure"])


@pytest.mark.parametrize(("n_seeds", "chance"), [(1, 1), (2, 1 / 3), (3, 1 / 10)])
def test_chance_of_parting_counts_the_orders_that_do_not_interleave(n_seeds, chance):
    assert chance_of_parting(n_seeds) == pytest.approx(chance)


def test_missing_model_is_not_compared():
    structure = study_tables.structure()
    looks = compare_models(structure[structure["model"] != "dae"])
    assert set(looks["verdict"]) == {"not compared"}


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
    assert "rescored nothing" in audit_sentence(audit[:0])
