"""Where data are to come from, and which tracks are chosen of those that are there."""

from pathlib import Path

import pytest

from singmap.preflight.dataset import n_samples, source_problems, track_problems
from singmap.preflight.plan import Plan

DECODING = Plan({"decode_tracks": [{"subset": "train"}, {"subset": "test"}]})
SELECTING = Plan({"select_segments": [{}]})


def sources(settings, **changes) -> list[str]:
    settings["dataset"] |= changes
    return [str(error) for error in source_problems(settings)]


def test_what_is_made_or_downloaded_needs_nothing_here(settings):
    assert sources(settings) == []
    assert sources(settings, name="musdb18") == []
    assert sources(settings, url="https://host/a.zip") == []


@pytest.mark.parametrize(
    ("name", "folders", "missing"),
    [
        ("musdb18", ["train", "test"], None),
        ("folder", ["train", "test", "valid"], None),
        ("folder", ["train"], "valid, test"),
        ("musdb18-hq", ["valid"], "train, test"),
    ],
)
def test_a_root_must_have_the_folders_of_its_layout(settings, tmp_path, name, folders, missing):
    for folder in folders:
        (tmp_path / folder).mkdir()
    found = sources(settings, name=name, root=str(tmp_path))
    expected = f"dataset.root, {tmp_path}: expected the layout of {name}, found no folder {missing}"
    assert [line.partition(";")[0] for line in found] == ([expected] if missing else [])


def test_a_root_that_is_absent_or_a_file_is_named_as_it_is_found(settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert f"found nothing at {tmp_path}/gone" in sources(settings, name="musdb18", root="gone")[0]
    assert "found a file" in sources(settings, name="musdb18", root="file")[0]


def test_an_archive_at_hand_must_be_there(settings, tmp_path):
    archive = tmp_path / "a.zip"
    address = f"file://{archive}"
    assert f"found nothing at {archive}" in sources(settings, name="musdb18", url=address)[0]
    archive.touch()
    assert sources(settings, name="musdb18", url=address) == []
    assert "dataset.root: expected the place of the folder" in sources(settings, name="folder", url=None)[0]


def tracks(settings, manifest, plan=DECODING, **changes) -> list[str]:
    settings["dataset"] |= changes
    return [str(error) for error in track_problems(settings, plan, manifest)]


def test_selections_and_targets_are_compared_with_the_manifest(settings, manifest, capsys):
    assert tracks(settings, manifest) == []
    (wrong,) = tracks(settings, manifest, test=["Lang"], valid=["nobody"])
    assert wrong.startswith("dataset.test: expected names or patterns of its tracks, found 'Lang'")
    assert tracks(settings, manifest, test=[2]) == []
    assert capsys.readouterr().err == "", "the job that decodes them says it"
    absent = tracks(settings, manifest, target="bass", test="all")
    assert [line.partition(",")[0] for line in absent] == [
        "dataset.train: expected a stem named bass",
        "dataset.test: expected a stem named bass",
    ]
    assert "found none in 'Long', 'Short'" in absent[1]
    assert tracks(settings, manifest, Plan({"train_model": [{}]}), test=["Lang"]) == []


def test_a_data_set_that_was_moved_away_is_missed_where_it_is_read(settings, manifest):
    manifest.root.rmdir()
    assert "found nothing" in tracks(settings, manifest)[0]
    assert tracks(settings, manifest, SELECTING) == []


def test_segments_must_fit_into_the_longest_test_track(settings, manifest):
    settings["stft"]["hop_samples"] = 441
    settings["mapping"]["segment_frames"] = 1001
    assert tracks(settings, manifest, SELECTING) == []
    settings["mapping"]["segment_frames"] = 1002
    (wrong,) = tracks(settings, manifest, SELECTING)
    assert wrong.startswith("mapping.segment_frames: expected at most 1001, the frames of the longest test")
    assert tracks(settings, manifest, DECODING) == []
    assert "401" in tracks(settings, manifest, SELECTING, test=["Short"])[0]


def test_lengths_are_those_of_decoded_tracks(manifest):
    assert [n_samples(track) for track in manifest.tracks] == [441000, 176400, 88200, 88200]
