"""museval scores a sample again: agreement is recorded, disagreement is told."""

import numpy as np
import pandas as pd

from singmap.files.large_tables import read_large_table, write_large_table
from singmap.files.tables import FrameScores
from tests.helpers.scored_tracks import audit as audit_of
from tests.unit.scripts.conftest import SCORING


def audited(scored, folder, oracles, n_pairs):
    """The audit of scores below `folder`, of the tracks that all tests share."""
    audio = {"tracks": scored / "audio/test/tracks"}
    audit_of(audio, oracles, SCORING | {"audit_pairs": n_pairs}, folder, folder / "audit.csv")
    return pd.read_csv(folder / "audit.csv")


def test_audit_agrees(scored):
    audit = pd.read_csv(scored / "tables" / "audit.csv")
    assert len(audit[["system", "track"]].drop_duplicates()) == 6
    assert audit["difference_db"].max() < 1e-5
    assert (audit["verdict"] == "agrees").all()


def test_audit_of_nothing_is_an_empty_table(scored, tmp_path):
    audit = audited(scored, tmp_path, [], 0)
    assert audit.empty
    assert "difference_db" in audit


def test_a_score_that_museval_does_not_give_is_named_to_the_user(scored, tmp_path, capsys):
    table = read_large_table(scored / "scores/irm/frames.parquet", FrameScores)
    wrong = (table["track_id"] == "one") & (table["target"] == "drums") & (table["metric"] == "SDR")
    table["value"] += 0.01 * wrong
    write_large_table(tmp_path / "scores/irm/frames.parquet", table, FrameScores)
    audit = audited(scored, tmp_path, ["irm"], 2)
    differing = audit[audit["verdict"] == "differs"]
    assert differing[["system", "track_id", "target", "metric"]].to_numpy().tolist() == [
        ["irm", "one", "drums", "SDR"]
    ]
    told = capsys.readouterr().err
    assert "Warning: irm on One's $(name) - Ä, drums SDR: 1.0e-02 dB from museval" in told


def test_withheld_scores_are_counted_and_not_compared(scored, tmp_path, capsys):
    table = read_large_table(scored / "scores/irm/frames.parquet", FrameScores)
    withheld = (table["track_id"] == "one") & (table["target"] == "drums") & (table["metric"] == "SAR")
    table.loc[withheld, ["value", "flags"]] = np.nan, "ill_conditioned"
    write_large_table(tmp_path / "scores/irm/frames.parquet", table, FrameScores)
    audit = audited(scored, tmp_path, ["irm"], 2).set_index(["track_id", "target", "metric"])
    assert audit["verdict"].value_counts().to_dict() == {"agrees": 15, "withheld": 1}
    assert audit.loc[("one", "drums", "SAR"), ["verdict", "n_withheld"]].tolist() == ["withheld", 2]
    assert audit["n_withheld"].sum() == 2
    assert "Warning" not in capsys.readouterr().err
