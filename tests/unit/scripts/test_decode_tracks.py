"""Decoding a subset: which tracks, in which form, and what the user is told of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from singmap.data.sources import read_dataset
from singmap.data.tracks import write_manifest
from singmap.files.storage import full_disk
from singmap.runtime.errors import InputError
from tests.helpers.audio_files import tone, voice_and_band, write_folder, write_stems
from workflow.scripts import decode_tracks


@pytest.fixture
def manifest(tmp_path) -> Path:
    """Two test tracks, one of them silent and at another rate; one track each to train and to validate on."""
    root = write_folder(tmp_path / "data")
    silent = voice_and_band(24000, rate_hz=48000) | {"vocals": np.zeros((24000, 2))}
    write_stems(root / "test" / "Quiet", silent, rate_hz=48000)
    write_manifest(tmp_path / "manifest.json", read_dataset("folder", root, {}))
    return tmp_path / "manifest.json"


def decode(
    manifest: Path, subset: str, selection="all", threads: int = 2, target="vocals"
) -> tuple[pd.DataFrame, Path]:
    """Decode a subset; returns the list of what was decoded and the folder of its tracks."""
    folder = manifest.parent / subset
    decode_tracks.main(
        manifest=manifest,
        index=folder / "index.csv",
        tracks=folder / "tracks",
        settings={"subset": subset, "selection": selection, "target": target},
        threads=threads,
    )
    return pd.read_csv(folder / "index.csv"), folder / "tracks"


def test_test_tracks_get_an_accompaniment_to_score_against_and_training_tracks_none(manifest):
    for subset, names in {
        "test": ["accompaniment", "mixture", "vocals"],
        "train": ["mixture", "vocals"],
    }.items():
        index, tracks = decode(manifest, subset)
        for track_id in index["track_id"]:
            assert sorted(path.stem for path in (tracks / track_id).iterdir()) == names
        assert set(index["subset"]) == {subset}


def test_silent_and_resampled_tracks_are_kept_and_told(manifest, capsys):
    index, _ = decode(manifest, "test")
    found = index.set_index("track")[["n_samples", "target_is_silent"]].to_dict("index")
    assert found == {
        "C": {"n_samples": 22050, "target_is_silent": False},
        "Quiet": {"n_samples": 22050, "target_is_silent": True},
    }
    told = capsys.readouterr().err
    assert "[decode test] resampled to 44100 Hz: 'Quiet'" in told
    assert "[decode test] kept, though vocals is silent throughout: 'Quiet'" in told


def test_only_chosen_tracks_are_decoded(manifest, capsys):
    index, tracks = decode(manifest, "test", ["C"])
    assert index["track"].tolist() == ["C"]
    told = capsys.readouterr().err
    assert "[decode test] chosen: 'C'" in told
    assert [path.name for path in tracks.iterdir()] == index["track_id"].tolist()
    assert "Quiet" not in told


def test_the_list_does_not_depend_on_who_finishes_first(manifest):
    one, _ = decode(manifest, "test", threads=1)
    four, _ = decode(manifest, "test", threads=4)
    pd.testing.assert_frame_equal(one, four)


def test_data_that_are_gone_are_named_with_the_way_to_get_them(manifest):
    (manifest.parent / "data").rename(manifest.parent / "elsewhere")
    with pytest.raises(InputError, match=r"data: expected the data set folder, .*--forcerun fetch_dataset"):
        decode(manifest, "test")


def test_suspect_audio_is_told_and_listed(manifest, capsys):
    root = manifest.parent / "data"
    write_stems(root / "test/C", {"mixture": voice_and_band()["vocals"]})
    write_manifest(manifest, read_dataset("folder", root, {}))
    index, _ = decode(manifest, "test")
    remark = "the mixture differs from the sum of the sources by"
    assert f"[decode test] WARNING: 'C': {remark}" in capsys.readouterr().err
    assert index.set_index("track")["remarks"].fillna("").str.startswith(remark).to_dict() == {
        "C": True, "Quiet": False,
    }  # fmt: skip


def test_all_tracks_that_cannot_be_used_are_named_at_once(manifest):
    root = manifest.parent / "data"
    for name, scale in (("C", 32768), ("Quiet", np.nan)):
        stems = {stem: scale * audio for stem, audio in voice_and_band().items()}
        write_stems(root / "test" / name, stems)
    write_manifest(manifest, read_dataset("folder", root, {}))
    with pytest.raises(InputError) as caught:
        decode(manifest, "test")
    first, *lines = str(caught.value).split("\n")
    assert first == "test tracks: expected audio that can be used, found 2 problems:"
    assert "'C', mixture: expected samples of full scale 1" in "".join(lines)
    assert "Quiet/" in "".join(lines)
    assert not (manifest.parent / "test/index.csv").exists()


def test_a_full_disk_is_named_once(manifest, monkeypatch):
    def full(*arguments):
        raise full_disk("tracks")

    monkeypatch.setattr(decode_tracks, "decode_track", full)
    with pytest.raises(InputError, match=r"^tracks: expected room on the disk"):
        decode(manifest, "test")


@pytest.mark.parametrize("target", ["guitar", "lead vocals (left)", "ギター"])
def test_any_stem_of_a_folder_can_be_the_target(manifest, target):
    root = manifest.parent / "data"
    (root / "test/C/accompaniment.wav").unlink()
    stems = {target.upper(): tone(330, 22050), "drums": tone(100, 22050)}
    write_stems(root / "test/C", stems)
    write_manifest(manifest, read_dataset("folder", root, {}))
    _, tracks = decode(manifest, "test", ["C"], target=target)
    found, _ = soundfile.read(tracks / "C" / f"{target}.wav")
    rest, _ = soundfile.read(tracks / "C" / "accompaniment.wav")
    assert np.array_equal(found, stems[target.upper()])
    assert np.array_equal(rest, tone(440, 22050) + tone(100, 22050))
