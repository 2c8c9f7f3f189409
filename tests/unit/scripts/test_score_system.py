"""One system, separated and scored on all tracks: a row per value, audio as asked for, no track twice."""

import shutil

import numpy as np
import pandas as pd
import pytest
import torch

from singmap.files.large_tables import read_large_table
from singmap.files.tables import FrameScores
from singmap.files.wav import read_wav, write_wav
from singmap.runtime.errors import InputError
from singmap.scoring import separated_systems
from singmap.scoring.whole_track import si_sdr, usdr
from singmap.separation import trained
from tests.helpers import study_tables
from tests.helpers.scored_tracks import ORACLES, TRAINED, score
from tests.unit.scripts.conftest import SCORING, TRACKS
from workflow.scripts import choose_excerpts


@pytest.fixture
def audio(scored, tmp_path):
    """Index and tracks, to be changed by a test."""
    folder = shutil.copytree(scored / "audio/test", tmp_path / "audio")
    return {"index": folder / "index.csv", "tracks": folder / "tracks"}


def list_tracks(audio, tracks):
    study_tables.decoded_tracks(tracks).to_csv(audio["index"], index=False)


def contents(outputs):
    return {name: path.read_bytes() for name, path in outputs.items() if path.is_file()}


def test_every_track_target_metric_and_frame_has_a_row(scored):
    table = read_large_table(scored / "scores/irm/frames.parquet", FrameScores)
    assert len(table) == 2 * 2 * 4 * 2
    assert not table.duplicated(["track_id", "target", "metric", "frame"]).any()
    assert set(table["system"]) == {"irm"}
    assert set(table["time_s"]) == {0.0, 0.2}
    silent = table[table["value"].isna()]
    assert set(zip(silent["track_id"], silent["frame"], strict=True)) == {("two", 0)}


def test_whole_tracks_have_a_row_of_each_metric(scored, audio, tmp_path):
    outputs = score(audio, "irm", SCORING, tmp_path, audio_subtype="FLOAT")
    table = pd.read_csv(outputs["whole_tracks"])
    pd.testing.assert_frame_equal(table, pd.read_csv(scored / "scores/irm/tracks.csv"))
    assert len(table) == 2 * 2 * 2
    values = table.set_index(["track_id", "target", "metric"])["value"]
    for track_id in TRACKS:
        found = read_wav(outputs["separated"] / f"{track_id}.wav").T
        mixture, drums, rest = (
            read_wav(audio["tracks"] / track_id / f"{name}.wav").T
            for name in ("mixture", "drums", "accompaniment")
        )
        for target, true, estimate in (("drums", drums, found), ("accompaniment", rest, mixture - found)):
            assert values[track_id, target, "uSDR"] == pytest.approx(usdr(true, estimate), rel=1e-9)
            assert values[track_id, target, "SI-SDR"] == pytest.approx(si_sdr(true, estimate), rel=1e-9)
    assert values["one", "drums", "SI-SDR"] < values["one", "drums", "uSDR"] - 1


def test_a_missing_source_names_the_file(audio, tmp_path):
    (audio["tracks"] / "one/drums.wav").unlink()
    with pytest.raises((InputError, FileNotFoundError), match=r"one.drums\.wav"):
        score(audio, "mixture", SCORING, tmp_path)
    assert not (tmp_path / "scores").exists()


def test_nothing_of_the_audio_stays_unless_it_is_asked_for(audio, tmp_path):
    score(audio, "irm", SCORING, tmp_path / "results")
    assert not [path for path in (tmp_path / "results").rglob("*") if path.suffix in (".wav", ".flac")]


def test_excerpts_are_those_stretches_of_the_separated_audio(audio, tmp_path):
    stretches = tmp_path / "stretches.csv"
    wanted = {"target": "drums", "excerpt_tracks": 1, "excerpt_s": 0.3}
    choose_excerpts.main(**audio, stretches=stretches, settings=wanted)
    outputs = score(audio, "irm", SCORING, tmp_path, stretches=[stretches], audio_subtype="FLOAT")
    (row,) = pd.read_csv(stretches).itertuples()
    part = slice(row.first_sample, row.first_sample + row.n_samples)
    (folder,) = outputs["excerpts"].iterdir()
    assert (folder.name, row.n_samples) == ("one", 13230)  # it is the louder one
    whole = read_wav(outputs["separated"] / "one.wav")
    mixture = read_wav(audio["tracks"] / "one/mixture.wav")
    np.testing.assert_array_equal(read_wav(folder / "drums.wav"), whole[:, part])
    np.testing.assert_array_equal(read_wav(folder / "accompaniment.wav"), (mixture - whole)[:, part])


def test_a_new_track_is_the_only_one_that_is_separated(audio, tmp_path, separations):
    whole = contents(score(audio, "irm", SCORING, tmp_path / "whole"))
    list_tracks(audio, {"two": TRACKS["two"]})
    separations.clear()
    score(audio, "irm", SCORING, tmp_path)
    list_tracks(audio, TRACKS)
    assert contents(score(audio, "irm", SCORING, tmp_path)) == whole
    assert separations == ["two", "one"]


@pytest.mark.parametrize(
    "changed", ["the track's audio", "a setting", "the code", "the system's files", "an entry"]
)
def test_scores_of_anything_else_are_not_taken(audio, tmp_path, separations, changed):
    settings, given = dict(SCORING), {"gains": [tmp_path / "mixture/gains.csv"]}
    given["gains"][0].parent.mkdir()
    given["gains"][0].write_text("1")
    score(audio, "mixture", settings, tmp_path, **given)
    separations.clear()
    expected = ["one", "two"]
    if changed == "the track's audio":
        drums = read_wav(audio["tracks"] / "one/drums.wav")
        write_wav(audio["tracks"] / "one/drums.wav", 0.9 * drums)
        expected = ["one"]
    elif changed == "a setting":
        settings["hop_s"] = 0.1
    elif changed == "the code":
        given["code"] = {"singmap.scoring.bsseval": "changed"}
    elif changed == "the system's files":
        given["gains"][0].write_text("2")
    else:
        entry = next((tmp_path / "kept").rglob("one.safetensors"))
        entry.write_bytes(entry.read_bytes()[:-1] + b"!")
        expected = ["one"]
    outputs = score(audio, "mixture", settings, tmp_path, **given)
    assert separations == expected
    assert contents(outputs) == contents(score(audio, "mixture", settings, tmp_path / "anew", **given))


def test_a_killed_job_goes_on_at_the_track_where_it_was(audio, tmp_path, separations, monkeypatch):
    whole = contents(score(audio, "irm", SCORING, tmp_path / "whole"))
    separations.clear()
    own = separated_systems.TrackScorer

    def killed_at_two(*arguments):
        if arguments[-1] == "two":
            raise SystemExit(143)
        return own(*arguments)

    monkeypatch.setattr(separated_systems, "TrackScorer", killed_at_two)
    with pytest.raises(SystemExit):
        score(audio, "irm", SCORING, tmp_path)
    monkeypatch.setattr(separated_systems, "TrackScorer", own)
    assert contents(score(audio, "irm", SCORING, tmp_path)) == whole
    assert separations == ["one", "two", "two"]


class Halving(torch.nn.Module):
    """A model that halves every magnitude, so that its estimate is half the mixture."""

    def forward(self, frames):
        return frames / 2


def test_a_model_is_loaded_by_its_files_and_kept_in_the_form_asked_for(audio, tmp_path, monkeypatch):
    asked = []

    def load_model(*files):
        asked.append(files)
        return Halving()

    monkeypatch.setattr(trained, "load_model", load_model)
    files = [tmp_path / f"models/sf/seed0/{name}" for name in ("weights", "provenance")]
    files[0].parent.mkdir(parents=True)
    for path in files:
        path.write_text("")
    given = {"weights": files[:1], "provenance": files[1:], "separator": TRAINED}
    outputs = score(audio, "sf_seed0", SCORING, tmp_path, audio_subtype="PCM_16", **given)
    assert asked == [tuple(files)]
    for track_id in TRACKS:
        mixture = read_wav(audio["tracks"] / track_id / "mixture.wav")
        found = read_wav(outputs["separated"] / f"{track_id}.flac")
        np.testing.assert_allclose(found, np.clip(mixture / 2, -1, 1), atol=1.1 * 2**-15)


def test_a_system_of_no_module_is_no_oracle(audio, tmp_path):
    with pytest.raises(ModuleNotFoundError, match="unet"):
        score(audio, "unet", SCORING, tmp_path, separator=f"{ORACLES}.unet")
