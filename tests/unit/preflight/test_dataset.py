"""Where data are to come from, and which tracks are chosen of those that are there."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from singmap.data.sources import fetch
from singmap.preflight.dataset import (
    archive_problems,
    n_samples,
    source_problems,
    source_warnings,
    track_problems,
)
from singmap.preflight.plan import Plan
from tests.helpers.audio_files import write_folder

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
    shutil.rmtree(manifest.root)
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


def test_a_track_to_be_decoded_whose_file_is_gone_is_named_before_any_job(settings, manifest):
    (manifest.root / "drums.wav").unlink()
    found = tracks(settings, manifest)
    expected = f"the files of the chosen tracks below {manifest.root}, found none or not all of ."
    assert [line.partition(";")[0] for line in found] == [
        f"dataset.{subset}: expected {expected}" for subset in ("train", "test")
    ]
    assert tracks(settings, manifest, Plan({"train_model": [{}]})) == [], "no job needs it any more"


USED, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def downloaded(manifest):
    """The same data set, from an archive at the official address."""
    return replace(manifest, source={"url": "https://official/a.zip", "sha256": USED, "configured_url": None})


def test_another_checksum_than_that_of_the_archive_in_use_is_a_problem(settings, manifest, downloaded):
    def found(sha256, manifest=downloaded) -> list[str]:
        settings["dataset"]["sha256"] = sha256
        return [str(error) for error in archive_problems(settings, manifest)]

    assert found(None) == found(USED) == []
    (problem,) = found(OTHER)
    assert problem.startswith(f"dataset.sha256: expected {USED}, the checksum of the archive in use, found b")
    assert problem.endswith("snakemake --forcerun fetch_dataset")
    assert found(OTHER, manifest) == [], "data that came in no archive have no checksum"


def test_another_address_is_told_unless_the_checksum_says_that_the_archive_is_the_same(settings, downloaded):
    def told(manifest=downloaded, **changes) -> list[str]:
        settings["dataset"] |= changes
        return list(source_warnings(settings, manifest))

    assert told() == []
    (warning,) = told(url="https://mirror/a.zip")
    assert "came from https://official/a.zip and are kept; snakemake --forcerun fetch_dataset" in warning
    assert f"dataset.sha256: {USED}" in warning
    assert told(sha256=USED) == []
    mirrored = replace(
        downloaded, source=dict(downloaded.source) | {"configured_url": "https://mirror/a.zip"}
    )
    assert told(mirrored, sha256=None) == []
    assert len(told(mirrored, url=None)) == 1, "back to the official place"


def test_changed_tracks_of_a_copy_are_told_in_one_message(settings, tmp_path):
    root = write_folder(tmp_path / "mine")
    listed = fetch("folder", tmp_path, str(root), None, None, None)
    assert list(source_warnings(settings, listed)) == []
    (root / "train/A/vocals.wav").write_bytes(b"")
    (root / "test/New").mkdir()
    shutil.rmtree(root / "valid/B")
    (warning,) = source_warnings(settings, listed)
    assert warning.startswith(
        f"dataset.root, {root}: changed since it was listed "
        "(edited: train/A; removed: valid/B; added: test/New)"
    )
    assert "snakemake --forcerun fetch_dataset makes the study of them as they are" in warning
    settings["dataset"]["valid"] = ["nobody"]
    (warning,) = source_warnings(settings, listed)
    assert "(edited: train/A; added: test/New)" in warning, "what is not chosen may go"
    shutil.rmtree(root)
    assert list(source_warnings(settings, listed)) == [], "results outlive their data"


def test_a_manifest_that_tells_half_is_a_warning(settings, tmp_path):
    listed = fetch("folder", tmp_path, str(write_folder(tmp_path / "mine")), None, None, None)
    (warning,) = source_warnings(settings, replace(listed, source={"root": "mine", "files": {}}))
    assert "expected the size and date of every stem" in warning
