"""Summary and tests of the scores, as the tables hold them."""

import pandas as pd


def test_statistics_say_that_two_tracks_are_too_few(scored):
    statistics = pd.read_csv(scored / "tables" / "statistics.csv")
    assert set(statistics["system_a"]) == {"irm"}
    assert statistics["p_holm"].isna().all()
    assert statistics["note"].str.startswith("too few tracks").all()
    summary = pd.read_csv(scored / "tables" / "score_summary.csv")
    assert len(summary) == 3 * 2 * 6
    assert set(statistics["metric"]) == {"SDR", "ISR", "SIR", "SAR", "uSDR", "SI-SDR"}
    assert summary["n_nan"].sum() == 3 * 2 * 4
