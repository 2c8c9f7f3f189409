"""What changed in a copy of a data set since its tracks were listed, told by sizes and dates alone."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from singmap.data.sources import fetch
from singmap.data.track_files import DATE_TOLERANCE_S, NAMES_SHOWN, changed_tracks, file_states, listed_files
from singmap.data.tracks import Manifest, Stem, Track, read_manifest, write_manifest
from singmap.runtime.errors import InputError
from tests.helpers.audio_files import voice_and_band, write_folder, write_musdb_wav, write_stems

VOCALS = "train/A/vocals.wav"


@pytest.fixture
def root(tmp_path) -> Path:
    return write_folder(tmp_path / "mine")


@pytest.fixture
def manifest(root, tmp_path) -> Manifest:
    """The copy as it was listed, read back from its file."""
    write_manifest(
        tmp_path / "manifest.json", fetch("folder", tmp_path / "made", str(root), None, None, None)
    )
    return read_manifest(tmp_path / "manifest.json")


def changes(manifest: Manifest) -> str:
    return str(changed_tracks(manifest, manifest.tracks, listed_files(manifest)))


def later(path: Path, seconds: float) -> None:
    os.utime(path, (path.stat().st_mtime + seconds,) * 2)


def test_an_untouched_copy_has_no_changes(manifest, root):
    (root / "train/notes.txt").touch()
    (root / "train/A/cover.jpg").touch()
    (root / "train/A/._vocals.wav").touch()
    (root / "train/.ipynb_checkpoints").mkdir()
    later(root / VOCALS, DATE_TOLERANCE_S)
    assert changes(manifest) == ""


EDITS = {
    "written at the same size": lambda root: later(root / VOCALS, DATE_TOLERANCE_S + 1),
    "an older file": lambda root: later(root / VOCALS, -1000),
    "a stem less": lambda root: (root / VOCALS).unlink(),
    "a stem more": lambda root: shutil.copy2(root / VOCALS, root / "train/A/drums.flac"),
    "a stem by another name": lambda root: (root / VOCALS).rename(root / "train/A/voice.wav"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_track_is_named(manifest, root, edit):
    edit(root)
    assert changes(manifest) == "edited: train/A"


def test_another_size_is_an_edit_whatever_the_date(manifest, root):
    date = (root / VOCALS).stat().st_mtime
    write_stems(root / "train/A", {"vocals": voice_and_band(n_samples=20000)["vocals"]})
    os.utime(root / VOCALS, (date, date))
    assert changes(manifest) == "edited: train/A"


def test_all_kinds_of_changes_are_told_together(manifest, root):
    later(root / VOCALS, 1000)
    shutil.rmtree(root / "valid/B")
    (root / "test/C").rename(root / "test/D")
    assert changes(manifest) == "edited: train/A; removed: valid/B, test/C; added: test/D"


def test_only_chosen_tracks_count_but_all_new_ones(manifest, root):
    shutil.rmtree(root / "valid/B")
    (root / "valid/New").mkdir()
    chosen = [track for track in manifest.tracks if track.subset != "valid"]
    assert str(changed_tracks(manifest, chosen, listed_files(manifest))) == "added: valid/New"


def test_many_names_are_cut_short(manifest, root):
    for number in range(NAMES_SHOWN + 2):
        (root / f"test/N{number}").mkdir()
    assert changes(manifest) == "added: test/N0, test/N1, test/N2, test/N3, test/N4 and 2 more"


@pytest.mark.parametrize("mount_point_is_left", [True, False])
def test_a_copy_that_is_gone_as_a_whole_has_no_changes(manifest, root, mount_point_is_left):
    shutil.rmtree(root)
    if mount_point_is_left:
        root.mkdir()
    assert changes(manifest) == ""


def test_stem_files_are_tracks_of_their_own(tmp_path):
    names = ("train/A.stem.mp4", "train/B.stem.mp4", "test/C.stem.mp4")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * 10)
    stems = [{"mixture": Stem(name, 0), "vocals": Stem(name, 4)} for name in names]
    tracks = [
        Track(f"t{number}", name, "train", 100, 44100, found)
        for number, (name, found) in enumerate(zip(names, stems, strict=True))
    ]
    states = file_states(tmp_path, tracks)
    assert sorted(states) == sorted(names)
    manifest = Manifest("musdb18", tmp_path, {"root": str(tmp_path), "files": states}, tracks)
    assert changes(manifest) == ""
    (tmp_path / names[0]).write_bytes(b"x" * 11)
    (tmp_path / names[1]).unlink()
    (tmp_path / "test/New.stem.mp4").touch()
    (tmp_path / "test/New.mp3").touch()
    (tmp_path / "test/folder").mkdir()
    expected = "edited: train/A.stem.mp4; removed: train/B.stem.mp4; added: test/New.stem.mp4"
    assert changes(manifest) == expected


def test_a_copy_of_musdb18_hq_is_compared_too(tmp_path):
    root = write_musdb_wav(tmp_path / "hq")
    manifest = fetch("musdb18-hq", tmp_path, str(root), None, None, None)
    assert changes(manifest) == ""
    later(root / "train/Triviul - Angelsaint/bass.wav", 1000)
    assert changes(manifest) == "edited: train/Triviul - Angelsaint"


def test_what_was_made_or_downloaded_is_named_by_its_content_and_not_compared(manifest):
    assert listed_files(replace(manifest, source={"url": "x", "sha256": "ab"})) is None


STATE = {"n_bytes": 1, "modified_s": 2}
HALF = {
    "no files": None,
    "a list": [VOCALS],
    "no state": lambda files: files | {VOCALS: None},
    "no size": lambda files: files | {VOCALS: {"modified_s": 2}},
    "a text": lambda files: files | {VOCALS: STATE | {"n_bytes": "1"}},
    "not a number": lambda files: files | {VOCALS: STATE | {"modified_s": True}},
    "more than it should": lambda files: files | {VOCALS: STATE | {"owner": 0}},
    "a stem less": lambda files: {path: state for path, state in files.items() if path != VOCALS},
}


@pytest.mark.parametrize("damage", HALF.values(), ids=HALF)
def test_a_manifest_that_tells_half_of_its_files_is_refused(manifest, damage):
    files = damage(manifest.source["files"]) if callable(damage) else damage
    broken = replace(manifest, source=dict(manifest.source) | {"files": files})
    with pytest.raises(
        InputError, match=r"dataset\.root, .*: expected the size and date of every stem.*--forcerun"
    ):
        listed_files(broken)
