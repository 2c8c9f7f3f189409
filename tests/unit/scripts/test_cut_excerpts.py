"""Excerpts: of every system and source, the mixture once."""

import numpy as np
import pandas as pd

from singmap.files.wav import read_wav


def test_excerpts_hold_every_system_and_source(excerpts):
    index = pd.read_csv(excerpts["excerpts"])
    assert index[["system", "source"]].to_numpy().tolist() == [
        ["mixture", "mixture"],
        ["truth", "vocals"],
        ["truth", "accompaniment"],
        ["sf_seed0", "vocals"],
        ["sf_seed0", "accompaniment"],
    ]
    for file in index["file"]:
        assert (excerpts["audio"] / file).is_file()


def test_those_of_the_truth_are_cut_where_the_excerpt_begins(tmp_path, excerpts):
    index = pd.read_csv(excerpts["excerpts"])
    start = round(index["start_s"].iloc[0] * 44100)
    assert start > 0
    for row in index[index["system"].isin(["mixture", "truth"])].itertuples():
        whole = read_wav(tmp_path / "tracks/song" / f"{row.source}.wav")
        found = read_wav(excerpts["audio"] / row.file)
        np.testing.assert_array_equal(found, whole[:, start : start + 26460])
