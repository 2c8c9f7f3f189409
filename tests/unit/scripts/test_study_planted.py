"""Planted mappings, examined with as many frames as a study has."""

import pandas as pd


def test_planted_table_is_written(mapped):
    """8 bins with the frames of a segment, 20, and with as few for 8 bins as the study has for 40."""
    table = pd.read_csv(mapped / "planted.csv")
    assert table.groupby(["n_bins", "n_frames", "method"]).size().to_dict() == {
        (8, n_frames, method): 10 for n_frames in (4, 20) for method in ("nca", "jacobian")
    }
