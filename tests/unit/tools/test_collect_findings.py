"""Findings are condensed from the tables of a study without losing or inventing a value."""

import json

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import ModelMeasures, ModelStructure, columns, write_table
from singmap.study.hypotheses import Measure
from tools.collect_findings import collect, decisive, summary

STFT = {"window": "hamming", "window_samples": 256, "fft_samples": 256, "hop_samples": 64}
DECIDING = [Measure("far", "", "", {}), Measure("gain", "", "", {}, difference=("sdr_a", "sdr_b"))]


def measures(values, measure="far", subject="trained", weights="best"):
    """Rows of TrackMeasures of one model, one per (seed, track) of `values`."""
    return pd.DataFrame(
        [
            {
                "model": "dae", "seed": seed, "track_id": f"t{track}", "track": f"t{track}",
                "subject": subject, "weights": weights, "measure": measure, "value": value,
            }
            for seed, row in enumerate(values)
            for track, value in enumerate(row)
        ]
    )  # fmt: skip


def test_a_summary_is_over_tracks_of_means_over_seeds():
    table = summary(measures([[1, 2, 9], [3, 4, 11]]))
    (row,) = table.to_dict("records")
    assert (row["median"], row["quartile_low"], row["quartile_high"]) == (3, 2.5, 6.5)
    assert (row["seeds_lowest"], row["seeds_highest"]) == (2, 4)
    assert (row["n_seeds"], row["n_tracks"]) == (2, 3)


def test_what_is_undefined_counts_nowhere():
    table = summary(pd.concat([measures([[1, np.nan]]), measures([[np.nan, np.nan]], "silent")]))
    assert table.set_index("measure").loc["far", "n_tracks"] == 1
    assert "silent" not in set(table["measure"])


def test_only_trained_models_and_measures_of_hypotheses_are_decisive():
    rows = [measures([[1.0, 2.0], [3.0, 4.0]]), measures([[5.0]], "sdr_b"), measures([[6.0]], "other")]
    rows += [measures([[7.0]], subject="untrained"), measures([[8.0]], weights="epoch1")]
    table = decisive(pd.concat(rows), DECIDING).set_index(["measure", "track_id"])
    assert table.loc[("far", "t1"), ["seed0", "seed1"]].tolist() == [2, 4]
    assert table.loc[("sdr_b", "t0"), "seed0"] == 5
    assert set(table.index.get_level_values("measure")) == {"far", "sdr_b"}


def test_what_is_not_there_yet_is_named_and_old_findings_go(tmp_path):
    results, folder = tmp_path / "study", tmp_path / "findings"
    (results / "tables").mkdir(parents=True)
    (results / "manifest.json").write_text('{"source": {"sha256": "abc"}}')
    (results / "tables" / "audit.csv").write_text("system\n")
    model = results / "models" / "dae" / "seed0"
    model.mkdir(parents=True)
    made = {"commit": "c0ffee", "versions": {"torch": "2"}, "machine": {"cores": 2}}
    (model / "provenance.json").write_text(json.dumps(made))
    folder.mkdir()
    (folder / "old.csv").write_text("")
    left_out = collect(
        results, folder, {"seeds": [0], "dataset": {"url": "file:///home/me", "name": "demo"}, "stft": STFT}
    )
    assert "verdicts.csv" in left_out
    assert "audit.csv" not in left_out
    assert [path.name for path in folder.glob("*.csv")] == ["audit.csv"]
    told = json.loads((folder / "made_with.json").read_text())
    assert (told["commits"], told["machine"], told["versions"]) == (["c0ffee"], {"cores": 2}, {"torch": "2"})
    assert told["configuration"]["seeds"] == [0]
    assert told["configuration"]["dataset"] == {"url": None, "name": "demo", "root": None}
    assert told["dataset_sha256"] == "abc"


def test_of_an_unfinished_study_hypotheses_are_judged_by_what_is_measured(tmp_path):
    results, folder = tmp_path / "study", tmp_path / "findings"
    parts = results / "measures" / "models"
    parts.mkdir(parents=True)
    (results / "manifest.json").write_text('{"source": {"sha256": "abc"}}')
    values = [[0.1 + 0.001 * track for track in range(25)] for _ in range(3)]
    rows = [measures(values, "outside_effect"), measures([[1.0] * 25] * 3, "outside_effect", "untrained")]
    table = pd.concat(rows)[columns(ModelMeasures)]
    for seed, part in table.groupby("seed"):
        write_table(parts / f"dae_seed{seed}.csv", part, ModelMeasures)
    collect(results, folder, {"dataset": {}, "stft": STFT})
    verdicts = pd.read_csv(folder / "verdicts.csv").set_index("id")["verdict"]
    assert verdicts["F1-outside-dae"] == "supported"
    assert verdicts["F2-outside"] == "not testable"
    by_track = pd.read_csv(folder / "measures_by_track.csv")
    assert by_track[by_track["track_id"] == "t24"]["seed2"].tolist() == [0.124]


def test_matrices_that_are_measured_count_before_their_tables_are_made(tmp_path):
    results, folder = tmp_path / "study", tmp_path / "findings"
    (results / "mappings").mkdir(parents=True)
    (results / "manifest.json").write_text('{"source": {"sha256": "abc"}}')
    (results / "mappings/segments.csv").write_text(
        "segment,track_id\n" + "".join(f"{k},t{k}\n" for k in range(7))
    )
    for seed in range(3):
        keys = {"model": "dae", "seed": seed, "method": "nca", "frames": "optimised"}
        shares = {"measure": "band_share_2", "weighting": "input_weighted", "value": 0.8 + 0.01 * seed}
        errors = {"measure": "relative_l2", "weighting": "none", "value": 0.4}
        table = pd.DataFrame(
            keys | facts | {"segment": k, "track": f"t{k}"} for k in range(7) for facts in (shares, errors)
        )
        write_table(results / f"structure/dae_seed{seed}.csv", table[columns(ModelStructure)], ModelStructure)
    left_out = collect(results, folder, {"dataset": {}, "stft": STFT})
    verdicts = pd.read_csv(folder / "verdicts.csv").set_index("id")
    assert verdicts.loc["P1", ["effect", "n_tracks", "n_seeds"]].tolist() == [pytest.approx(0.81), 7, 3]
    assert verdicts.loc["P1", "verdict"] == "supported"
    assert "fidelity.csv" not in left_out
    assert pd.read_csv(folder / "fidelity.csv")["median"].tolist() == [0.4]
