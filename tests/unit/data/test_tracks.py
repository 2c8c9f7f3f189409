"""Ids, manifests and selections of tracks."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from singmap.data.tracks import Manifest, Stem, Track, read_manifest, select_tracks, track_ids, write_manifest
from singmap.runtime.errors import InputError

ODD_NAMES = [
    "a b",
    "a_b",
    "A b",
    'it\'s "$(rm -rf)"',
    "line\nbreak",
    "Größe – 東京",
    "../../etc",
    "-rf",
    "東京",
    "",
]
NAMES = ["Alpha - One", "Alpha - Two", "Beta [live]", "Gamma"]


def made(name: str, subset: str = "test") -> Track:
    return Track(track_ids([name])[0], name, subset, 100, 44100, {"vocals": Stem(f"{name}/vocals.wav")})


TRACKS = [made(name) for name in reversed(NAMES)] + [made("Training piece", "train")]


def names(selection) -> list[str]:
    return [track.name for track in select_tracks(TRACKS, "test", selection)]


@given(st.lists(st.text(), unique=True, max_size=20))
def test_ids_are_safe_and_differ(texts):
    ids = track_ids(texts)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", one) and len(one) < 100 for one in ids)
    assert len({one.lower() for one in ids}) == len(texts)


def test_ids_of_odd_names():
    ids = track_ids(ODD_NAMES)
    assert ids[3:6] == ["it_s_rm_-rf", "line_break", "Groe"]
    assert len({one.lower() for one in ids}) == len(ODD_NAMES)


def test_id_does_not_depend_on_the_other_tracks_order():
    assert track_ids(["a b", "a_b", "c"]) == track_ids(["c", "a_b", "a b"])[::-1]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("all", NAMES),
        (2, NAMES[:2]),
        (["Gamma", "Alpha - One"], ["Alpha - One", "Gamma"]),
        (["Alpha*"], NAMES[:2]),
        (["Beta [live]"], ["Beta [live]"]),
        ([4, "*Two"], ["Alpha - Two", "Gamma"]),
        (["*", "Gamma", 1], NAMES),
    ],
)
def test_selection(selection, expected):
    assert names(selection) == expected


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (["Gama"], r"dataset\.test: .*'Gama'; the nearest name is 'Gamma'"),
        (["Training piece"], "nearest name"),
        (5, "a number from 1 to 4, its tracks, found 5"),
        ([0], "a number from 1 to 4"),
    ],
)
def test_selection_that_fits_nothing(selection, message):
    with pytest.raises(InputError, match=message):
        names(selection)


def test_empty_subset():
    with pytest.raises(InputError, match=r"dataset\.valid: expected at least one track"):
        select_tracks(TRACKS, "valid", "all")


def test_manifest_survives_a_round_trip_and_a_move_of_the_working_directory(tmp_path, monkeypatch):
    tracks = [made(name) for name in ODD_NAMES if name]
    (tmp_path / "old" / "data").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "old")
    write_manifest("study/manifest.json", Manifest("demo", Path("data"), {"url": "x"}, tracks))
    (tmp_path / "old").rename(tmp_path / "new")
    found = read_manifest(tmp_path / "new/study/manifest.json")
    assert found == Manifest("demo", tmp_path / "new/data", {"url": "x"}, tracks)


def test_root_elsewhere_is_kept_absolute(tmp_path):
    (tmp_path / "copy").mkdir()
    path = tmp_path / "sets" / "manifest.json"
    write_manifest(path, Manifest("musdb18", tmp_path / "copy", {}, TRACKS))
    assert json.loads(path.read_text())["root"] == str(tmp_path / "copy")


@pytest.mark.parametrize(
    "damage", ['{"name": "demo"}', '{"name": "x", "root": ".", "source": {}, "tracks": [{}]}', "{"]
)
def test_damaged_manifest(tmp_path, damage):
    path = tmp_path / "manifest.json"
    path.write_text(damage)
    with pytest.raises(InputError, match=r"manifest\.json"):
        read_manifest(path)
