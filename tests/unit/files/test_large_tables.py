"""Large tables keep to the dictionary, as all others do."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.large_tables import read_large_table, write_large_table
from singmap.files.parquet import write_parquet
from singmap.files.tables import FrameScores, columns, read_table, units_of, write_table
from singmap.runtime.errors import InputError

KINDS = {name: unit.kind for name, unit in units_of(FrameScores).items()}


def frame_scores(**changes) -> pd.DataFrame:
    """Two tracks of three score frames, in dB: one without a score, one without an error."""
    table = pd.DataFrame(
        {
            "system": "irm",
            "track_id": ["b"] * 3 + ["01"] * 3,
            "track": ['Ä, "b"\r\n'] * 3 + ["NA"] * 3,
            "target": "vocals",
            "metric": "SDR",
            "frame": [0, 1, 2, 0, 1, 2],
            "time_s": [0.0, 0.1, 0.2] * 2,
            "value": [0.1, np.nan, np.inf, -np.inf, -0.0, 1 / 3],
            "flags": ["", "silent_reference", "a;b", "", "", ""],
        }
    )
    return table.assign(**changes)


def test_it_is_read_as_the_same_table_in_csv_is(tmp_path):
    write_large_table(tmp_path / "a.parquet", frame_scores(), FrameScores)
    write_table(tmp_path / "a.csv", frame_scores(), FrameScores)
    found = read_large_table(tmp_path / "a.parquet", FrameScores)
    pd.testing.assert_frame_equal(found, read_table(tmp_path / "a.csv", FrameScores), check_exact=True)
    assert found["value"].tolist()[2:] == frame_scores()["value"].tolist()[2:]
    assert found["flags"].isna().tolist() == [True, False, False, True, True, True]


def test_some_columns_as_their_different_rows_in_their_order(tmp_path):
    write_large_table(tmp_path / "a.parquet", frame_scores(), FrameScores)
    found = read_large_table(tmp_path / "a.parquet", FrameScores, only=["track_id"])
    assert found.to_dict("list") == {"track_id": ["b", "01"]}


def test_some_rows(tmp_path):
    write_large_table(tmp_path / "a.parquet", frame_scores(), FrameScores)
    found = read_large_table(tmp_path / "a.parquet", FrameScores, rows={"track_id": "01"})
    expected = frame_scores()[3:].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.drop(columns="flags"), expected.drop(columns="flags"))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"frame": -1}, "values of frame that are whole numbers from 0 up, found -1"),
        ({"time_s": np.inf}, "values of time_s that are finite numbers from 0 up, found inf"),
        ({"time_s": np.nan}, "a value of time_s in every row, found none"),
        ({"target": ""}, "a value of target in every row, found none"),
        ({"track_id": "../up"}, "track ids of letters, .* found '../up'"),
        (
            {"frame": 0, "value": 0.0, "time_s": 0.0, "flags": ""},
            "no row twice, found one .* in row 2",
        ),
    ],
)
def test_values_that_units_do_not_allow_are_named(tmp_path, changes, found):
    write_parquet(tmp_path / "a.parquet", frame_scores(**changes), KINDS)
    with pytest.raises(InputError, match=rf"a\.parquet: expected {found}.*; have it made again"):
        read_large_table(tmp_path / "a.parquet", FrameScores)


def test_what_must_not_be_is_not_written(tmp_path):
    with pytest.raises(InputError, match=r"a\.parquet: expected values of frame that are whole numbers"):
        write_large_table(tmp_path / "a.parquet", frame_scores(frame=0.5), FrameScores)
    with pytest.raises(ValueError, match=r"a\.parquet: the columns of FrameScores are"):
        write_large_table(tmp_path / "a.parquet", frame_scores()[columns(FrameScores)[::-1]], FrameScores)
    assert not list(tmp_path.iterdir())
