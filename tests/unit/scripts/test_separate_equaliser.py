"""Separation with the learned equaliser: what it makes of each track, and what it leaves."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.wav import read_wav, write_wav
from tests.helpers import study_tables
from workflow.scripts import separate_equaliser

STFT = {"window": "hamming", "window_samples": 512, "fft_samples": 512, "hop_samples": 128}


@pytest.mark.parametrize(("estimator", "share"), [("magnitude", 0.25), ("ratio_mask", 0.1)])
def test_every_track_is_filtered_as_a_model_would(tmp_path, estimator, share):
    """A quarter of each magnitude is a quarter of the mixture; as a ratio of powers it is 1 to 9."""
    study_tables.decoded_tracks({"a": "A", "b": "B"}, (5000, 7001)).to_csv(
        tmp_path / "index.csv", index=False
    )
    gains = {"bin": range(257), "frequency_hz": 0.0, "gain": 0.25, "mixture_power": 1.0}
    pd.DataFrame(gains).to_csv(tmp_path / "gains.csv", index=False)
    for track_id, n_samples in (("a", 5000), ("b", 7001)):
        audio = np.random.default_rng(0).uniform(-0.9, 0.9, (2, n_samples)).astype(np.float32)
        write_wav(tmp_path / "tracks" / track_id / "mixture.wav", audio)
    separate_equaliser.main(
        index=tmp_path / "index.csv",
        tracks=tmp_path / "tracks",
        gains=tmp_path / "gains.csv",
        separated=tmp_path / "equaliser",
        settings={"stft": STFT, "estimator": estimator, "target": "drums", "audio_subtype": "FLOAT"},
    )
    for track_id in ("a", "b"):
        mixture = read_wav(tmp_path / "tracks" / track_id / "mixture.wav")
        for name, part in (("drums", share), ("accompaniment", 1 - share)):
            estimate = read_wav(tmp_path / "equaliser" / track_id / f"{name}.wav")
            np.testing.assert_allclose(estimate, part * mixture, atol=1e-6)
