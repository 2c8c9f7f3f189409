"""Terms drawn in proportion to their size, each with its share in the end, and frames spread evenly."""

import numpy as np
import pandas as pd
import pytest

from singmap.study.sampling import draw_by_size, evenly_spread, sampled_tracks, spread_tracks

SIZES = np.array([0.0, 5, 1, 0, 3, 7, 0.5, 0])


@pytest.mark.parametrize("n_drawn", [1, 3, 7])
def test_over_all_starts_each_term_has_its_part(n_drawn):
    total = np.zeros(len(SIZES))
    starts = (np.arange(3300) + 0.5) / 3300
    for start in starts:
        terms, shares = draw_by_size(SIZES, n_drawn, start)
        assert shares.sum() == pytest.approx(1)
        total[terms] += shares
    np.testing.assert_allclose(total / len(starts), SIZES / SIZES.sum(), atol=1e-3)


def test_as_many_as_there_are_are_all_that_have_a_size():
    terms, shares = draw_by_size(SIZES, len(SIZES), 0.3)
    assert terms.tolist() == [1, 2, 4, 5, 6]
    np.testing.assert_allclose(shares, SIZES[terms] / 16.5)


def test_a_step_on_the_border_takes_no_term_without_a_size():
    assert draw_by_size(SIZES, 1, 0.0)[0].tolist() == [1]


def test_the_last_step_stays_on_the_last_term_with_a_size():
    assert draw_by_size(np.array([1.0, 2, 0, 0]), 1, 1.0)[0].tolist() == [1]


@pytest.mark.parametrize(
    ("n_frames", "count", "chosen"), [(100, 4, [0, 33, 66, 99]), (3, 5, [0, 1, 2]), (1, 4, [0]), (0, 4, [])]
)
def test_frames_are_spread_over_all(n_frames, count, chosen):
    assert evenly_spread(n_frames, count).tolist() == chosen


def test_tracks_are_spread_over_the_list_and_keep_their_numbers():
    tracks = pd.DataFrame({"track_id": list("abcdefg")})
    assert sampled_tracks(tracks, 3)["track_id"].tolist() == ["a", "d", "g"]
    assert sampled_tracks(tracks, 3).index.tolist() == [0, 3, 6]
    assert sampled_tracks(tracks, 1)["track_id"].tolist() == ["a"]
    for limit in (None, 7, 20):
        pd.testing.assert_frame_equal(sampled_tracks(tracks, limit), tracks)
    assert spread_tracks(5, 2) == {0, 4}
