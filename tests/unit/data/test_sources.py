"""Where data sets come from: an existing copy, the demo made here, or an archive."""

import pytest

from singmap.data import sources
from singmap.data.sources import SOURCES, fetch, read_dataset
from singmap.data.tracks import select_tracks
from singmap.runtime.errors import InputError
from tests.helpers.audio_files import write_folder, write_musdb_wav

REMIXES = {"train_remixes": 3, "valid_remixes": 2, "seed": 4}


def test_nothing_at_the_root(tmp_path):
    with pytest.raises(InputError, match=r"dataset\.root: expected an existing folder, found nothing at"):
        fetch("musdb18", tmp_path, str(tmp_path / "absent"), None, None, None)


def test_folder_needs_a_root(tmp_path):
    with pytest.raises(InputError, match=r"dataset\.root: expected the place of the folder to study"):
        fetch("folder", tmp_path, None, None, None, None)


def test_every_data_set_knows_its_place():
    assert SOURCES["musdb18-7s"].url.endswith("MUSDB18-7-STEMS.zip")
    assert "1117372" in SOURCES["musdb18"].url
    assert "3338373" in SOURCES["musdb18-hq"].url
    assert all(place.url.startswith("https://") for place in SOURCES.values() if place.url)


def test_fetch_lists_three_subsets(tmp_path):
    manifest = fetch("demo", tmp_path, None, None, None, REMIXES)
    counts = [len(select_tracks(manifest.tracks, subset, "all")) for subset in ("train", "valid", "test")]
    assert counts == [3, 2, 2]


def test_other_settings_leave_what_another_study_reads(tmp_path):
    first = fetch("demo", tmp_path, None, None, None, REMIXES)
    before = {path: path.stat().st_mtime_ns for path in first.root.rglob("*")}
    other = fetch("demo", tmp_path, None, None, None, REMIXES | {"seed": 5})
    again = fetch("demo", tmp_path, None, None, None, REMIXES)
    assert other.root != first.root
    assert again == first
    assert {path: path.stat().st_mtime_ns for path in first.root.rglob("*")} == before
    folders = {path for path in tmp_path.iterdir() if path.is_dir()}
    assert folders == {first.root, other.root}, "nothing half made is left"


def test_a_damaged_demo_is_made_anew(tmp_path):
    root = fetch("demo", tmp_path, None, None, None, REMIXES).root
    victim = next(root.rglob("vocals.wav"))
    whole = victim.read_bytes()
    victim.write_bytes(whole[:1000])
    assert fetch("demo", tmp_path, None, None, None, REMIXES).root == root
    assert victim.read_bytes() == whole


def test_an_existing_copy_is_used_where_it_lies(tmp_path):
    root = write_folder(tmp_path / "mine")
    manifest = fetch("folder", tmp_path / "made", str(root), None, None, None)
    assert (manifest.root, manifest.source["root"]) == (root, str(root))
    assert sorted(manifest.source["files"]) == sorted(
        str(path.relative_to(root)) for path in root.rglob("*.wav")
    )
    assert [(track.subset, track.name) for track in manifest.tracks] == [
        ("train", "A"), ("valid", "B"), ("test", "C"),
    ]  # fmt: skip
    assert not (tmp_path / "made").exists()


OFFICIAL = SOURCES["musdb18-hq"]


@pytest.mark.parametrize(
    ("url", "sha256", "fetched"),
    [
        (None, None, (OFFICIAL.url, OFFICIAL.sha256)),
        (None, "aa", (OFFICIAL.url, "aa")),
        ("https://mirror/hq.zip", None, ("https://mirror/hq.zip", None)),
        ("https://mirror/hq.zip", "aa", ("https://mirror/hq.zip", "aa")),
    ],
)
def test_a_mirror_is_not_held_to_the_official_checksum(tmp_path, monkeypatch, url, sha256, fetched):
    asked = []

    def fetch_archive(*arguments):
        asked.append(arguments)
        return write_musdb_wav(tmp_path / "unpacked"), {"sha256": "of the archive"}

    monkeypatch.setattr(sources, "fetch_archive", fetch_archive)
    manifest = fetch("musdb18-hq", tmp_path, None, url, sha256, None)
    assert asked == [(fetched[0], tmp_path, fetched[1], OFFICIAL.unpacked_bytes)]
    assert manifest.source == {"sha256": "of the archive", "configured_url": url}


def test_tracks_of_one_subset_never_share_an_id(tmp_path):
    root = write_folder(tmp_path)
    for name in ("a b", "a_b", "A b"):
        (root / "test" / "C").rename(root / "test" / name)
        write_folder(root)
    tracks = read_dataset("folder", root, {}).tracks
    ids = [track.track_id.lower() for track in tracks if track.subset == "test"]
    assert len(set(ids)) == len(ids) == 4
