"""Score tables and museval's JSON: nothing lost, nothing counted that is missing."""

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest
from museval import EvalStore, MethodStore, TrackStore

from singmap.files.large_tables import read_large_table, write_large_table
from singmap.files.tables import FrameScores, Scores, columns
from singmap.scoring.tables import (
    as_track_table,
    museval_json,
    score_frame_table,
    scores_by_track,
    scores_of_system,
    track_table,
    whole_track_table,
    with_model_and_seed,
    withheld_of_system,
)
from singmap.scoring.track_scores import METRICS, TrackScores

TARGETS = ["vocals", "accompaniment"]


@pytest.fixture
def scores():
    """(4, 2, 5) dB; one silent frame, one infinite SDR."""
    values = np.random.default_rng(0).normal(5, 3, (4, 2, 5))
    values[:, :, 2] = np.nan
    values[0, 0, 4] = np.inf
    return values


def table_of(scores, system="dae_seed3", track="A - Song", flags=(), withheld=None):
    withheld = np.zeros(scores.shape, bool) if withheld is None else withheld
    return score_frame_table(
        TrackScores(scores, withheld, list(flags)), system, "a_song", track, TARGETS, 0.5
    )


def test_frame_table_round_trip(scores):
    frames = pd.concat([table_of(scores), table_of(-scores, "irm")])
    np.testing.assert_array_equal(scores_of_system(frames, "dae_seed3", TARGETS), scores)
    np.testing.assert_array_equal(scores_of_system(frames, "irm", TARGETS), -scores)
    assert frames["time_s"].max() == 2.0


def test_track_table_takes_the_median_of_what_there_is_and_counts_the_rest(scores):
    table = track_table(table_of(scores, flags=["silent_estimate"])).set_index(["metric", "target"])
    sdr = table.loc["SDR", "vocals"]
    assert sdr["value"] == np.median(scores[0, 0, [0, 1, 3]])
    assert (sdr["n_frames"], sdr["n_nan"], sdr["n_inf"]) == (5, 1, 1)
    assert sdr["flags"] == "silent_estimate"
    assert (sdr["model"], sdr["seed"]) == ("dae", 3)
    isr = table.loc["ISR", "accompaniment"]
    assert isr["value"] == np.median(scores[1, 1, [0, 1, 3, 4]])
    assert (isr["n_nan"], isr["n_inf"]) == (1, 0)


def test_withheld_scores_are_told_from_missing_ones(scores, tmp_path):
    withheld = np.zeros(scores.shape, bool)
    withheld[3, 1, 1:3], withheld[2, 0] = True, True  # score frame 2 would be silent anyway
    scores[withheld] = np.nan
    write_large_table(tmp_path / "frames.parquet", table_of(scores, withheld=withheld), FrameScores)
    frames = read_large_table(tmp_path / "frames.parquet", FrameScores)
    np.testing.assert_array_equal(withheld_of_system(frames, "dae_seed3", TARGETS), withheld)
    np.testing.assert_array_equal(scores_of_system(frames, "dae_seed3", TARGETS), scores)
    table = track_table(frames).set_index(["metric", "target"])
    sar, sir = table.loc["SAR", "accompaniment"], table.loc["SIR", "vocals"]
    assert sar["value"] == np.median(scores[3, 1, [0, 3, 4]])
    assert (sar["n_frames"], sar["n_nan"], sar["n_withheld"]) == (5, 0, 2)
    assert (sar["flags"], sir["flags"]) == ("ill_conditioned", "ill_conditioned")
    assert np.isnan(sir["value"])
    assert (sir["n_nan"], sir["n_withheld"]) == (0, 5)
    assert table["n_withheld"].sum() == 7
    assert (table.loc["SDR", "flags"] == "").all()


def test_track_without_any_score_keeps_its_row():
    table = track_table(table_of(np.full((4, 2, 3), np.nan), flags=["silent_reference"]))
    assert len(table) == 8
    assert table["value"].isna().all()
    assert (table["n_nan"] == 3).all()


def test_scores_of_whole_tracks_are_rows_of_scores():
    values = np.array([[1.5, np.inf], [np.nan, -np.inf]])
    table = as_track_table(whole_track_table(values, "sf_seed1", "a_song", "A - Song", TARGETS))
    assert table.columns.tolist() == columns(Scores)
    rows = table.set_index(["metric", "target"])
    assert rows.loc[("uSDR", "vocals"), ["model", "seed", "value", "n_nan", "n_inf"]].tolist() == [
        "sf", 1, 1.5, 0, 0,
    ]  # fmt: skip
    assert rows["value"].isna().tolist() == [False, True, True, True]
    assert rows["n_inf"].tolist() == [0, 1, 0, 1]
    assert rows.loc[("SI-SDR", "vocals"), "n_nan"] == 1


def test_baselines_have_no_seed():
    table = with_model_and_seed(pd.DataFrame({"system": ["magnitude_oracle", "sf_seed12"]}))
    assert table["model"].tolist() == ["magnitude_oracle", "sf"]
    assert table["seed"].isna().tolist() == [True, False]
    assert table["seed"][1] == 12


def test_json_fits_the_schema_of_museval(scores):
    document = json.loads(museval_json(scores, TARGETS, 1.0, 0.5))
    jsonschema.validate(document, TrackStore("A - Song").schema)
    assert [target["name"] for target in document["targets"]] == TARGETS
    assert [frame["time"] for frame in document["targets"][0]["frames"]] == [0, 0.5, 1, 1.5, 2]


def test_json_is_museval_s_own_to_the_letter(scores):
    """Also of what rounds to nothing, of halves, and of large numbers."""
    scores[1, 0] = [-1e-9, 0.000005, 123456.7890125, -0.5, -np.inf]
    targets = ["100 % drums", "rest"]
    for n_frames in (5, 1, 0):
        store = TrackStore("A - Song", win=1.0, hop=0.3)
        for place, target in enumerate(targets):
            rows = {name: scores[row, place, :n_frames] for row, name in enumerate(METRICS)}
            store.add_target(target, rows)
        assert museval_json(scores[:, :, :n_frames], targets, 1.0, 0.3) == store.json


@pytest.mark.parametrize("order", ["as written", "shuffled"])
def test_tracks_come_one_by_one_as_they_stand_in_the_table(scores, order):
    songs = {"Z - Song": scores, "A - Song": -scores[..., :3], "01": 2 * scores}
    frames = pd.concat([table_of(values, track=track) for track, values in songs.items()])
    if order == "shuffled":
        first = frames.iloc[:1]
        frames = pd.concat([first, frames.iloc[1:].sample(frac=1, random_state=0)])
    found = dict(scores_by_track(frames, TARGETS))
    assert sorted(found) == sorted(songs)
    assert order == "shuffled" or list(found) == list(songs)
    for track, values in songs.items():
        np.testing.assert_array_equal(found[track], values)


def test_museval_stores_read_the_json(scores, tmp_path):
    for system, sign in (("dae_seed3", 1), ("irm", -1)):
        folder = tmp_path / system / "test"
        folder.mkdir(parents=True)
        (folder / "A - Song.json").write_text(museval_json(sign * scores, TARGETS, 1.0, 0.5))
    store = EvalStore()
    store.add_eval_dir(str(tmp_path / "dae_seed3"))
    read = store.agg_frames_scores()
    own = track_table(table_of(scores)).set_index(["track", "target", "metric"])["value"]
    pd.testing.assert_series_equal(read, own.reindex(read.index), check_names=False, atol=1e-5)
    methods = MethodStore()
    for system in ("dae_seed3", "irm"):
        methods.add_eval_dir(str(tmp_path / system))
    both = methods.agg_frames_tracks_scores()
    assert set(both.index.get_level_values("method")) == {"dae_seed3", "irm"}
    assert both["irm", "vocals", "SIR"] == pytest.approx(-both["dae_seed3", "vocals", "SIR"], abs=1e-5)
