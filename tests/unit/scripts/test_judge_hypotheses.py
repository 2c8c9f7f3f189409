"""From the table of measures to the tables of verdicts, by the study's own hypotheses."""

import pandas as pd
import pytest

from singmap.files.tables import TruthChecks, Verdicts, read_table
from tests.helpers.track_measures import measured
from workflow.scripts import judge_hypotheses


@pytest.fixture
def judge(root, tmp_path):
    def judged(*tables):
        pd.concat(tables).to_csv(tmp_path / "measures.csv", index=False)
        places = {name: tmp_path / f"{name}.csv" for name in ("verdicts", "truth_checks")}
        judge_hypotheses.main(measures=tmp_path / "measures.csv", sources=root / "workflow", **places)
        return read_table(places["verdicts"], Verdicts), read_table(places["truth_checks"], TruthChecks)

    return judged


def test_measured_hypotheses_get_verdicts_and_others_none(judge):
    spread = {"tracks_differ": 0.02, "noise": 0.01}
    verdicts, checks = judge(
        measured("outside_effect", mean=0.08, **spread),
        measured("outside_effect", subject="untrained", weights="epoch0", mean=0.9, **spread),
        measured("outside_effect", subject="equaliser", mean=0.02, n_seeds=1),
        measured("outside_effect", "sf", mean=0.2, **spread, seed=1),
    )
    by_id = verdicts.set_index("id")
    assert by_id.loc["F1-outside-dae", "verdict"] == "supported"
    assert by_id.loc["F1-outside-dae", "mark"] == "not tried on band, harmonic"
    assert by_id.loc["F2-outside", "verdict"] == "supported"
    assert set(by_id.drop(["F1-outside-dae", "F2-outside"])["verdict"]) == {"not testable"}
    passed = checks[checks["outcome"] == "passed"]
    assert passed[["measure", "truth", "model"]].to_numpy().tolist() == [
        ["outside_effect", "equaliser", "dae"]
    ]


def test_one_seed_tests_nothing(judge):
    tables = [
        measured(measure, model, mean=0.1, n_seeds=1, noise=0.01)
        for measure in ("outside_effect", "rest_gain", "sdr_model", "sdr_band", "nca_band_share")
        for model in ("dae", "mdae", "sf")
    ]
    verdicts, _ = judge(*tables)
    assert set(verdicts["verdict"]) == {"not testable"}
    assert "too few seeds: 1, needs 3" in set(verdicts["reason"])
