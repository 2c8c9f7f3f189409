"""All systems' scores in one table, and in the folders that museval reads."""

import errno
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from museval import MethodStore

from singmap.files.storage import FullDiskError
from tests.unit.scripts.conftest import SCORING
from workflow.scripts import tabulate_scores

BASELINES = ["mixture", "irm", "diagonal_filter"]
TRACKS = ["One's $(name) - Ä", "Two"]


def test_scores_have_one_row_each_and_count_silent_frames(scored):
    table = pd.read_csv(scored / "tables" / "scores.csv")
    assert len(table) == 3 * 2 * 2 * 6
    whole = table["metric"].isin(["uSDR", "SI-SDR"])
    assert (table.loc[whole, ["n_frames", "n_nan", "n_inf", "n_withheld"]] == [1, 0, 0, 0]).all(axis=None)
    kept = pd.concat([pd.read_csv(scored / "scores" / name / "tracks.csv") for name in BASELINES])
    keys = ["system", "track_id", "target", "metric"]
    pd.testing.assert_series_equal(
        table[whole].set_index(keys)["value"].sort_index(), kept.set_index(keys)["value"].sort_index()
    )
    table = table[~whole]
    assert set(table["track"]) == set(TRACKS)
    assert (table["n_frames"] == 2).all()
    assert (table.loc[table["track_id"] == "two", "n_nan"] == 1).all()
    assert (table.loc[table["track_id"] == "one", "n_nan"] == 0).all()
    sdr = table[(table["metric"] == "SDR") & (table["target"] == "drums")].pivot(
        index="track_id", columns="system", values="value"
    )
    assert (sdr["irm"] > sdr["mixture"] + 3).all()


def test_the_rows_of_a_track_stand_together_systems_in_the_order_given(scored):
    table = pd.read_csv(scored / "tables" / "scores.csv")
    shown = table[["track", "system"]].drop_duplicates().to_numpy().tolist()
    assert shown == [[track, system] for track in TRACKS for system in BASELINES]


def test_museval_reads_the_store(scored):
    store = MethodStore()
    for baseline in BASELINES:
        store.add_eval_dir(str(scored / "museval" / baseline))
    medians = store.agg_frames_scores()
    table = pd.read_csv(scored / "tables" / "scores.csv").set_index(["model", "track", "target", "metric"])
    table = table[~table.index.isin(["uSDR", "SI-SDR"], level="metric")]
    assert len(medians) == len(table)
    np.testing.assert_allclose(medians.to_numpy(), table["value"][medians.index].to_numpy(), atol=1e-5)


def test_a_full_disk_is_told_as_one(scored, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    files = {
        kind: [scored / "scores/irm" / name]
        for kind, name in (("frames", "frames.parquet"), ("whole_tracks", "tracks.csv"))
    }
    with pytest.raises(FullDiskError, match=r"museval/irm/test/.*\.json"):
        tabulate_scores.main(
            **files, scores=tmp_path / "scores.csv", store=tmp_path / "museval", settings=SCORING
        )
