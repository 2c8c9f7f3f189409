"""One system scored on all tracks: a row per value, and museval's JSON of each track."""

import json

import pandas as pd
import pytest

from singmap.runtime.errors import InputError
from workflow.scripts import score_system

SCORING = {"target": "drums", "window_s": 0.2, "hop_s": 0.2, "engine": "fast"}


def test_every_track_target_metric_and_frame_has_a_row(scored):
    table = pd.read_csv(scored / "scores/irm/frames.csv")
    assert len(table) == 2 * 2 * 4 * 2
    assert not table.duplicated(["track_id", "target", "metric", "frame"]).any()
    assert set(table["system"]) == {"irm"}
    assert set(table["time_s"]) == {0.0, 0.2}
    silent = table[table["value"].isna()]
    assert set(zip(silent["track_id"], silent["frame"], strict=True)) == {("two", 0)}


def test_each_track_has_museval_s_document_with_the_same_numbers(scored):
    table = pd.read_csv(scored / "scores/irm/frames.csv").query("target == 'drums' and metric == 'SDR'")
    for track_id, rows in table.groupby("track_id"):
        document = json.loads((scored / f"scores/irm/museval/{track_id}.json").read_text())
        frames = next(entry for entry in document["targets"] if entry["name"] == "drums")["frames"]
        found = [frame["metrics"]["SDR"] for frame in frames]
        assert found == pytest.approx(rows["value"].tolist(), abs=1e-5, nan_ok=True)


def test_missing_estimate_names_the_file(scored, tmp_path):
    with pytest.raises((InputError, FileNotFoundError), match=r"one.drums\.wav"):
        score_system.main(
            index=scored / "audio" / "test" / "index.csv",
            tracks=scored / "audio" / "test" / "tracks",
            separated=tmp_path / "irm",
            system="irm",
            frames=tmp_path / "frames.csv",
            settings=SCORING,
        )
    assert not (tmp_path / "frames.csv").exists()
