"""The learned equaliser's table: the share of the target that the training spectra were made with."""

import numpy as np
import pytest

from singmap.files.tables import Equaliser, read_table
from tests.helpers.training_data import write_cache
from workflow.scripts import learn_equaliser

STFT = {"window": "hamming", "window_samples": 46, "fft_samples": 46, "hop_samples": 11}


def test_gains_are_those_that_the_target_was_made_with(tmp_path):
    write_cache(tmp_path / "train", 300, n_bins=24)
    mixture = np.load(tmp_path / "train" / "mixture.npy")
    place = tmp_path / "equaliser" / "gains.csv"
    learn_equaliser.main(train_index=tmp_path / "train" / "index.csv", gains=place, settings={"stft": STFT})
    table = read_table(place, Equaliser)
    np.testing.assert_allclose(table["gain"], np.linspace(0.1, 0.9, 24), rtol=1e-6)
    np.testing.assert_allclose(table["mixture_power"], (mixture**2).mean(axis=0), rtol=1e-5)
    assert table["bin"].tolist() == list(range(24))
    assert table["frequency_hz"].iloc[-1] == pytest.approx(22050)
