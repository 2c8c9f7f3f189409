"""Which stretches of the test tracks are examined, and which frames stay unseen."""

import numpy as np
import pandas as pd
import pytest

from singmap.mapping.segments import fitted_frames, loudest_stretches, select_segments, unseen_frames
from singmap.runtime.errors import InputError


def tracks(*lengths):
    firsts = np.cumsum([0, *lengths[:-1]])
    names = [f"t{i}" for i in range(len(lengths))]
    return pd.DataFrame({"track_id": names, "track": names, "first_frame": firsts, "n_frames": lengths})


def test_loudest_stretches_are_found_in_order_and_do_not_overlap():
    energy = np.array([0, 0, 5, 5, 0, 0, 1, 9, 9, 0, 0, 2, 2])
    assert loudest_stretches(energy, 2, 3) == [7, 2, 11]
    assert loudest_stretches(energy, 2, 99) == [7, 2, 11, 5]  # what remains is silent
    assert loudest_stretches(np.zeros(9), 2, 1) == []


def test_segments_and_their_unseen_frames_partition_the_track():
    target = np.zeros((30, 4), dtype=np.float16)
    target[5:8] = 1
    target[22:25] = 2
    table = select_segments(tracks(10, 20), target, 3, 1)
    assert list(table["first_frame"]) == [5, 22]
    row = list(table.itertuples())[1]
    spectra = np.arange(30)[:, None] * np.ones((1, 4))
    own, unseen = fitted_frames(row, spectra), unseen_frames(row, spectra)
    assert own.dtype == unseen.dtype == np.float32
    assert sorted([*own[:, 0], *unseen[:, 0]]) == list(range(10, 30))
    assert list(unseen_frames(row, spectra, 2)[:, 0]) == [10, 29]


def test_a_segment_may_be_as_long_as_its_track():
    table = select_segments(tracks(10), np.ones((10, 4)), 10, 2)
    assert table[["first_frame", "n_frames"]].to_numpy().tolist() == [[0, 10]]


def test_silent_tracks_are_left_out_aloud(capsys):
    target = np.zeros((20, 4))
    target[15] = 1
    table = select_segments(tracks(10, 10), target, 3, 2)
    assert list(table["track_id"]) == ["t1"]
    assert list(table["segment"]) == [0]
    assert "t0: target silent" in capsys.readouterr().err


def test_tracks_shorter_than_a_segment_are_left_out_aloud(capsys):
    table = select_segments(tracks(5, 10, 6), np.ones((21, 4)), 6, 1, tracks_max=2)
    assert list(table["track_id"]) == ["t1", "t2"]
    assert list(table["first_frame"]) == [5, 15]
    assert capsys.readouterr().err == "[select segments] t0: 5 frames are too short, not examined\n"


@pytest.mark.parametrize(("lengths", "loudness"), [((10, 9), 0), ((5, 3), 1)])
def test_nothing_but_silence_and_short_tracks_is_an_error(lengths, loudness):
    target = np.full((sum(lengths), 4), loudness, float)
    with pytest.raises(InputError, match="at least 6 frames with sound of the target, found none in 2"):
        select_segments(tracks(*lengths), target, 6, 1)


def test_examined_tracks_can_be_limited():
    """The first tracks that have any sound count; a silent one does not use up the limit."""
    index = pd.DataFrame(
        {"track_id": list("abc"), "track": list("ABC"), "first_frame": [0, 10, 20], "n_frames": 10}
    )
    target = np.ones((30, 3), np.float32)
    target[:10] = 0
    assert list(select_segments(index, target, 4, 1, tracks_max=1)["track_id"]) == ["b"]
    assert list(select_segments(index, target, 4, 1)["track_id"]) == ["b", "c"]
