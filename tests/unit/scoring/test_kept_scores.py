"""Scores of single tracks that are kept: they come back as they were, of the same audio only."""

import numpy as np
import pytest

from singmap.files.unfinished import UnfinishedRun
from singmap.scoring.kept_scores import KeptScores, SystemScores, audio_digest
from singmap.scoring.track_scores import TrackScores


@pytest.fixture
def kept(tmp_path):
    return KeptScores(UnfinishedRun(tmp_path, "key"))


def test_scores_come_back_to_the_bit_with_flags_and_what_is_missing(kept):
    values = np.random.default_rng(0).standard_normal((4, 2, 5))
    values[0, 0, :3] = np.nan, np.inf, -np.inf
    withheld = values > 1
    frames = TrackScores(values, withheld, ["silent_estimate"])
    kept.keep("one", "abc", SystemScores(frames, np.array([[1.0, np.nan], [2.0, -np.inf]])))
    found = kept.load("one", "abc")
    assert found.frames.flags == ["silent_estimate"]
    assert found.frames.withheld.dtype == bool
    np.testing.assert_array_equal(found.frames.values, values)
    np.testing.assert_array_equal(found.frames.withheld, withheld)
    np.testing.assert_array_equal(found.whole_track, [[1.0, np.nan], [2.0, -np.inf]])


def test_other_audio_and_other_tracks_have_none(kept):
    frames = TrackScores(np.zeros((4, 2, 5)), np.zeros((4, 2, 5), bool), [])
    kept.keep("one", "abc", SystemScores(frames, np.zeros((2, 2))))
    assert kept.load("one", "abd") is None
    assert kept.load("two", "abc") is None


def test_the_digest_of_audio_tells_one_file_from_another_by_place_and_content(tmp_path):
    for name, content in (("a", b"1"), ("b", b"2"), ("same as a", b"1")):
        (tmp_path / name).write_bytes(content)

    def digest(*names):
        return audio_digest([tmp_path / name for name in names])

    assert digest("a", "b") == digest("same as a", "b")
    assert len({digest("a", "b"), digest("b", "a"), digest("a", "a"), digest("a")}) == 4
