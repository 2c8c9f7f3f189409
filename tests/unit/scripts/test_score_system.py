"""The scripts from separation to statistics, run one after the other on a small tree of results."""

import numpy as np
import pandas as pd
import pytest
from museval import MethodStore

from singmap.files.tables import DecodedTracks, columns
from singmap.files.wav import read_wav, write_wav
from singmap.runtime.errors import InputError
from tests.helpers.scored_tracks import score_tracks
from workflow.scripts import audit_scores, compare_systems, score_track, separate_baselines

TRACKS = {"one": "One's $(name) - Ä", "two": "Two"}
BASELINES = ["mixture", "irm", "diagonal_filter"]
STFT = {"window": "hamming", "window_samples": 512, "fft_samples": 512, "hop_samples": 128}
SCORING = {"target": "drums", "window_s": 0.2, "hop_s": 0.2}
RESAMPLING = {
    "bootstrap_samples": 200,
    "confidence": 0.95,
    "seed": 0,
    "baselines": ["mixture", "diagonal_filter"],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Results of two tracks of 0.5 s; in the first frame of the second one the target is silent."""
    folder = tmp_path_factory.mktemp("results")
    generator = np.random.default_rng(0)
    tracks = folder / "audio" / "test" / "tracks"
    for track_id in TRACKS:
        drums, rest = generator.standard_normal((2, 2, 22050)).astype(np.float32)
        drums[:, : 8820 if track_id == "two" else 0] = 0
        for name, audio in (("drums", drums), ("accompaniment", rest), ("mixture", drums + rest)):
            write_wav(tracks / track_id / f"{name}.wav", audio)
    index = folder / "audio" / "test" / "index.csv"
    rows = [(track_id, track, "test", 22050, False) for track_id, track in TRACKS.items()]
    pd.DataFrame(rows, columns=columns(DecodedTracks)).to_csv(index, index=False)
    separated = [folder / "separated" / baseline for baseline in BASELINES]
    for place in separated:
        settings = {"stft": STFT, "target": "drums", "audio_subtype": "FLOAT"}
        separate_baselines.main(
            index=index, tracks=tracks, separated=place, baseline=place.name, settings=settings
        )
    audio = {"index": index, "tracks": tracks}
    score_tracks(audio, separated, list(TRACKS), SCORING | {"engine": "fast", "audit_pairs": 6}, folder)
    tables = folder / "tables"
    compare_systems.main(
        scores=tables / "scores.csv",
        summary=tables / "score_summary.csv",
        statistics=tables / "statistics.csv",
        settings=RESAMPLING,
    )
    return folder


def test_estimates_have_the_layout_and_length_of_the_references(results):
    reference = read_wav(results / "audio" / "test" / "tracks" / "one" / "drums.wav")
    for baseline in BASELINES:
        for name in ("drums", "accompaniment"):
            assert read_wav(results / "separated" / baseline / "one" / f"{name}.wav").shape == reference.shape


def test_scores_have_one_row_each_and_count_silent_frames(results):
    table = pd.read_csv(results / "tables" / "scores.csv")
    assert len(table) == 3 * 2 * 2 * 4
    assert set(table["track"]) == set(TRACKS.values())
    assert (table["n_frames"] == 2).all()
    assert (table.loc[table["track_id"] == "two", "n_nan"] == 1).all()
    assert (table.loc[table["track_id"] == "one", "n_nan"] == 0).all()
    sdr = table[(table["metric"] == "SDR") & (table["target"] == "drums")].pivot(
        index="track_id", columns="system", values="value"
    )
    assert (sdr["irm"] > sdr["mixture"] + 3).all()


def test_audit_agrees(results):
    audit = pd.read_csv(results / "tables" / "audit.csv")
    assert len(audit[["system", "track"]].drop_duplicates()) == 6
    assert audit["difference_db"].max() < 1e-5
    assert (audit["verdict"] == "agrees").all()


def test_audit_of_nothing_is_an_empty_table(results, tmp_path):
    audit_scores.main(
        tracks=None,
        separated=[],
        frames=[],
        audit=tmp_path / "audit.csv",
        settings=SCORING | {"audit_pairs": 0},
    )
    audit = pd.read_csv(tmp_path / "audit.csv")
    assert audit.empty
    assert "difference_db" in audit


def test_museval_reads_the_store(results):
    store = MethodStore()
    for baseline in BASELINES:
        store.add_eval_dir(str(results / "museval" / baseline))
    medians = store.agg_frames_scores()
    table = pd.read_csv(results / "tables" / "scores.csv").set_index(["model", "track", "target", "metric"])
    assert len(medians) == len(table)
    np.testing.assert_allclose(medians.to_numpy(), table["value"][medians.index].to_numpy(), atol=1e-5)


def test_statistics_say_that_two_tracks_are_too_few(results):
    statistics = pd.read_csv(results / "tables" / "statistics.csv")
    assert set(statistics["system_a"]) == {"irm"}
    assert statistics["p_holm"].isna().all()
    assert statistics["note"].str.startswith("too few tracks").all()
    summary = pd.read_csv(results / "tables" / "score_summary.csv")
    assert len(summary) == 3 * 2 * 4
    assert summary["n_nan"].sum() == 3 * 2 * 4


def test_missing_estimate_names_the_file(results, tmp_path):
    with pytest.raises((InputError, FileNotFoundError), match=r"one.drums\.wav"):
        score_track.main(
            index=results / "audio" / "test" / "index.csv",
            tracks=results / "audio" / "test" / "tracks",
            separated=[tmp_path / "irm"],
            track_id="one",
            frames=tmp_path / "frames.csv",
            settings=SCORING | {"engine": "fast"},
        )
    assert not (tmp_path / "frames.csv").exists()
