"""No song to test on is among those to learn from, by name or by sound."""

import unicodedata

import pandas as pd
import pytest

from singmap.data.subsets import require_disjoint
from singmap.files.tables import Tracks, columns
from singmap.runtime.errors import InputError
from tests.helpers import study_tables


def tracks(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """The table Tracks of (subset, name, digest)."""
    given = pd.DataFrame(rows, columns=["subset", "track", "content_sha256"])
    return study_tables.filled(Tracks, given.to_dict("records"))[columns(Tracks)]


def test_other_songs_pass_with_silent_or_like_names():
    require_disjoint(
        tracks(("train", "A", "1"), ("train", "B", "2"), ("valid", "C", "3"), ("test", "A 2", "4"))
    )


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        (("train", "A", "1"), ("test", "B", "1"), "recording"),
        (("valid", "A", "1"), ("test", "B", "1"), "recording"),
        (("train", "A", "1"), ("valid", "A", "1"), "recording"),
        (("train", "A Song", "1"), ("test", "a  song ", "2"), "name"),
        (("train", "Größe", "1"), ("valid", unicodedata.normalize("NFD", "größe"), "2"), "name"),
    ],
)
def test_a_song_in_two_subsets_is_refused_with_both_names(one, other, what):
    with pytest.raises(InputError) as caught:
        require_disjoint(tracks(("test", "x", "8"), one, ("train", "y", "9"), other))
    first, *lines = str(caught.value).split("\n")
    assert "expected other songs in each, found 1 shared between them:" in first
    assert lines == [f"  {one[0]} {one[1]!r} and {other[0]} {other[1]!r} have the same {what}"]


def test_all_pairs_are_named():
    with pytest.raises(InputError) as caught:
        require_disjoint(
            tracks(("train", "A", "1"), ("valid", "B", "1"), ("test", "C", "1"), ("test", "b", "2"))
        )
    assert len(caught.value.problems) == 4


def test_a_recording_twice_in_one_subset_is_told(capsys):
    require_disjoint(tracks(("test", "A", "1"), ("test", "B", "1"), ("train", "C", "2")))
    told = "[compare subsets] WARNING: test 'A' and test 'B' are the same recording: it counts twice\n"
    assert capsys.readouterr().err == told
