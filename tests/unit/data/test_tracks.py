"""Ids, manifests and selections of tracks."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snakemake.io import PeriodicityDetector

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
    (track_id,) = track_ids([name])
    return Track(track_id, name, subset, 100, 44100, {"vocals": Stem(f"{track_id}/vocals.wav")})


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


def numbered(*given) -> list[str]:
    """Names chosen from a data set whose tracks are called by numbers."""
    tracks = [made(name) for name in given]
    return lambda selection: [track.name for track in select_tracks(tracks, "test", selection)]


def test_a_number_is_a_name_where_a_track_is_called_so_and_else_a_position():
    """In whatever type it comes: the command line hands over texts, a file numbers."""
    choose = numbered("001", "002", "003", "10", "2")
    for entry in (2, "2"):
        assert choose([entry]) == ["2"]
    for entry in (3, "3"):
        assert choose([entry]) == ["003"]
    assert choose(["001", 10]) == ["001", "10"]
    assert names(["2", "3"]) == names([2, 3]) == NAMES[1:3]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("0010", "found '0010'; the nearest name is '.*'; a position is written without leading zeros"),
        ("7", "a number from 1 to 3, its tracks, found 7"),
        ("-1", "a number from 1 to 3"),
        ("1.0", "found '1.0'; the nearest name"),
        ("½", "found '½'; the"),
        ("²", "found '²'; the"),
        ("9" * 30, "found '9+'; the"),
    ],
)
def test_numbers_that_are_neither(entry, message):
    with pytest.raises(InputError, match=rf"dataset\.test: .*{message}"):
        numbered("001", "002", "003")([entry])


def test_all_entries_that_fit_nothing_are_named():
    with pytest.raises(InputError) as caught:
        names(["Gama", "Alpha*", 9])
    first, *lines = str(caught.value).split("\n")
    assert first.endswith("found 2 problems:")
    assert lines[0].endswith("found 'Gama'; the nearest name is 'Gamma'")
    assert lines[1].endswith("expected a number from 1 to 4, its tracks, found 9")


def test_a_name_is_found_in_both_unicode_forms():
    choose = numbered("Größe", "Zoë")
    for form in ("NFC", "NFD"):
        assert choose([unicodedata.normalize(form, "Größe")]) == ["Größe"]


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


HOSTILE = {
    "an id that leaves the results": {"track_id": "../../x"},
    "an empty id": {"track_id": ""},
    "a number as id": {"track_id": 3},
    "a stem elsewhere": {"stems": {"vocals": {"path": "../../etc/passwd"}}},
    "a stem at an absolute place": {"stems": {"vocals": {"path": "/etc/passwd"}}},
    "a stem whose name leads out": {"stems": {"../vocals": {"path": "a.wav"}}},
    "another subset": {"subset": "../test"},
    "no samples": {"n_samples": 0},
    "no rate": {"sample_rate_hz": "44100"},
}


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE)
def test_a_manifest_that_leads_out_of_its_folders_is_refused(tmp_path, changes):
    path = tmp_path / "manifest.json"
    write_manifest(path, Manifest("folder", tmp_path, {}, [made("A"), made("B")]))
    read_manifest(path)
    content = json.loads(path.read_text())
    content["tracks"][1].update(changes)
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"manifest\.json: expected (track ids|a data set manifest)"):
        read_manifest(path)


@pytest.mark.parametrize("name", ["a" * 120, "ab" * 40, "la " * 30, "x" * 19, "song " + "9" * 30])
def test_no_id_looks_like_a_rule_that_feeds_itself(name):
    """Snakemake's own detector of such paths; other endings of a path repeat less."""
    (track_id,) = track_ids([name])
    for path in (track_id, f"{track_id}.wav", f"results/x/{track_id}"):
        assert PeriodicityDetector().is_periodic(path) is None
    assert len(track_id) < 100


def test_ids_of_ordinary_names_bear_no_digest():
    assert track_ids(["Aaargh 1000", "Hmmmmmm"]) == ["Aaargh_1000", "Hmmmmmm"]
    long = ["x y " * 30 + "one", "x y " * 30 + "two"]
    assert len(set(track_ids(long))) == 2


@pytest.mark.parametrize(
    "damage", ['{"name": "demo"}', '{"name": "x", "root": ".", "source": {}, "tracks": [{}]}', "{"]
)
def test_damaged_manifest(tmp_path, damage):
    path = tmp_path / "manifest.json"
    path.write_text(damage)
    with pytest.raises(InputError, match=r"manifest\.json"):
        read_manifest(path)
