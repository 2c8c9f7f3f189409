"""Separation with a trained model: what it makes of each track, and what it leaves."""

import numpy as np
import pytest
import torch

from singmap.files.wav import read_wav, write_wav
from tests.helpers import study_tables
from workflow.scripts import separate_tracks

STFT = {"window": "hamming", "window_samples": 512, "fft_samples": 512, "hop_samples": 128}


class Halving(torch.nn.Module):
    """A model that halves every magnitude, so that its estimate is half the mixture."""

    def forward(self, frames):
        return frames / 2


@pytest.mark.parametrize("subtype", ["FLOAT", "PCM_16"])
def test_every_track_is_separated_into_the_estimate_and_the_rest(tmp_path, monkeypatch, subtype):
    monkeypatch.setattr(separate_tracks, "load_model", lambda weights, provenance: Halving())
    study_tables.decoded_tracks({"a": "A", "b": "B"}, (5000, 7001)).to_csv(
        tmp_path / "index.csv", index=False
    )
    for track_id, n_samples in (("a", 5000), ("b", 7001)):
        audio = np.random.default_rng(0).uniform(-0.9, 0.9, (2, n_samples)).astype(np.float32)
        write_wav(tmp_path / "tracks" / track_id / "mixture.wav", audio)
    separate_tracks.main(
        index=tmp_path / "index.csv",
        tracks=tmp_path / "tracks",
        weights=tmp_path / "weights.safetensors",
        provenance=tmp_path / "provenance.json",
        separated=tmp_path / "sf_seed0",
        settings={
            "stft": STFT, "device": "auto", "estimator": "magnitude", "target": "vocals",
            "audio_subtype": subtype,
        },
        gpu_slots=0,
    )  # fmt: skip
    rounding = 1e-6 if subtype == "FLOAT" else 1.1 * 2**-15  # a step of 16 bits, and of float32
    for track_id in ("a", "b"):
        mixture = read_wav(tmp_path / "tracks" / track_id / "mixture.wav")
        assert sorted(path.stem for path in (tmp_path / "sf_seed0" / track_id).iterdir()) == [
            "accompaniment",
            "vocals",
        ]
        for name in ("vocals", "accompaniment"):
            estimate = read_wav(tmp_path / "sf_seed0" / track_id / f"{name}.wav")
            np.testing.assert_allclose(estimate, mixture / 2, atol=rounding)
