"""What names mean: the same song in other Unicode forms, junk, mixes that are no sources."""

import os
import unicodedata

import pytest

from singmap.data.names import NAME_BYTES_MAX, entries, is_junk, is_other_mix, stem_name, track_name
from singmap.runtime.errors import InputError


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "._vocals.wav", ".ipynb_checkpoints", "@eaDir", "Thumbs.db", "desktop.ini", "__MACOSX",
     "$RECYCLE.BIN", "#recycle", "lost+found", "System Volume Information", "~$notes.wav"],
)  # fmt: skip
def test_junk(name):
    assert is_junk(name)


@pytest.mark.parametrize(
    "name", ["vocals.wav", "...And You Will Know Us", "@home", "Thumbs.db - live", "$100"]
)
def test_no_junk(name):
    assert not is_junk(name)


def test_entries_are_what_is_no_junk_in_order(tmp_path):
    for name in ("b", "a", ".hidden", "@eaDir"):
        (tmp_path / name).mkdir()
    assert [path.name for path in entries(tmp_path)] == ["a", "b"]
    assert entries(tmp_path / "absent") == []


@pytest.mark.parametrize(
    "name",
    ["linear_mixture", "Linear Mixture", "mix", "MIX", "mixdown", "full-mix", "mastered", "Mixture_"],
)
def test_other_names_of_the_mix(name):
    assert is_other_mix(stem_name(name))


@pytest.mark.parametrize("name", ["mixture", "MIXTURE", "vocals", "remix", "mixed percussion"])
def test_what_is_no_other_name_of_the_mix(name):
    assert not is_other_mix(stem_name(name))


def test_stems_count_whatever_their_case_and_form():
    assert stem_name("Vocals") == stem_name("VOCALS ") == "vocals"
    assert stem_name("Others") == "accompaniment"
    assert stem_name(unicodedata.normalize("NFD", "Flöte")) == stem_name(
        unicodedata.normalize("NFC", "FLÖTE")
    )


def test_a_track_has_one_name_in_both_forms(tmp_path):
    forms = [tmp_path / f"{unicodedata.normalize(form, 'Größe é')}.stem.mp4" for form in ("NFC", "NFD")]
    assert forms[0].name != forms[1].name
    assert track_name(forms[0], ".stem.mp4") == track_name(forms[1], ".stem.mp4") == "Größe é"


def test_names_that_no_table_takes_are_refused(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9 \x1b[2J")
    with pytest.raises(InputError, match=r"expected names in UTF-8, found b'caf\\xe9 \\x1b\[2J'; rename"):
        track_name(path)


def test_names_that_leave_no_room_for_the_files_named_by_them(tmp_path):
    assert track_name(tmp_path / ("é" * (NAME_BYTES_MAX // 2)))
    with pytest.raises(InputError, match=f"at most {NAME_BYTES_MAX} bytes, found 236; shorten"):
        track_name(tmp_path / ("é" * (NAME_BYTES_MAX // 2 + 1)))
