"""Spectrograms of the first excerpt: its mixture and every version of the target."""

import pandas as pd
import pytest

from tests.helpers.report_files import STFT, outputs_of
from workflow.scripts import plot_spectrograms

SETTINGS = {
    "stft": STFT,
    "target": "vocals",
    "systems": ["mixture", "truth", "sf_seed0"],
    "spectrogram_max_hz": 8000,
    "cells_max": 32,
    "range_db": 60,
    "dots_per_inch": 30,
}


def test_mixture_truth_and_estimates_of_the_target_are_shown(tmp_path, excerpts):
    outputs = outputs_of(tmp_path / "figures", "spectrograms")
    plot_spectrograms.main(**excerpts, outputs=outputs, settings=SETTINGS)
    table = pd.read_csv(outputs["spectrograms_csv"])
    assert table["signal"].unique().tolist() == ["mixture", "truth", "sf_seed0"], "no accompaniment"
    assert table["frequency_hz"].max() <= 8000
    levels_db = table.set_index("signal").iloc[:, 1:].max(axis=1).groupby("signal").max()
    assert (levels_db == 0).all(), "the target is as loud as the mixture, the accompaniment 6 dB below"


def test_only_the_first_track_is_shown(tmp_path, excerpts):
    index = pd.read_csv(excerpts["excerpts"])
    first = index.assign(track_id="first", file="gone.wav")
    pd.concat([index, first]).to_csv(excerpts["excerpts"], index=False)
    outputs = outputs_of(tmp_path / "figures", "spectrograms")
    plot_spectrograms.main(**excerpts, outputs=outputs, settings=SETTINGS)
    pd.concat([first, index]).to_csv(excerpts["excerpts"], index=False)
    with pytest.raises(FileNotFoundError, match=r"gone\.wav"):
        plot_spectrograms.main(**excerpts, outputs=outputs, settings=SETTINGS)


def test_systems_that_are_not_asked_for_are_left_out(tmp_path, excerpts):
    outputs = outputs_of(tmp_path / "figures", "spectrograms")
    plot_spectrograms.main(**excerpts, outputs=outputs, settings=SETTINGS | {"systems": ["truth"]})
    assert set(pd.read_csv(outputs["spectrograms_csv"])["signal"]) == {"truth"}
