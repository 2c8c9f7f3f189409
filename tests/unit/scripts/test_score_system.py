"""One system scored on all tracks: a row per value."""

import pandas as pd
import pytest

from singmap.files.wav import read_wav
from singmap.runtime.errors import InputError
from singmap.scoring.whole_track import si_sdr, usdr
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


def test_whole_tracks_have_a_row_of_each_metric(scored):
    table = pd.read_csv(scored / "scores/irm/tracks.csv")
    assert len(table) == 2 * 2 * 2
    values = table.set_index(["track_id", "target", "metric"])["value"]
    tracks = scored / "audio/test/tracks"
    for track_id, target in (("one", "drums"), ("two", "accompaniment")):
        folders = (tracks, scored / "separated/irm")
        true, found = (read_wav(folder / track_id / f"{target}.wav").T for folder in folders)
        assert values[track_id, target, "uSDR"] == pytest.approx(usdr(true, found), rel=1e-9)
        assert values[track_id, target, "SI-SDR"] == pytest.approx(si_sdr(true, found), rel=1e-9)
    assert values["one", "drums", "SI-SDR"] < values["one", "drums", "uSDR"] - 1


def test_missing_estimate_names_the_file(scored, tmp_path):
    with pytest.raises((InputError, FileNotFoundError), match=r"one.drums\.wav"):
        score_system.main(
            index=scored / "audio" / "test" / "index.csv",
            tracks=scored / "audio" / "test" / "tracks",
            separated=tmp_path / "irm",
            system="irm",
            frames=tmp_path / "frames.csv",
            whole_tracks=tmp_path / "tracks.csv",
            settings=SCORING,
        )
    assert not (tmp_path / "frames.csv").exists()
