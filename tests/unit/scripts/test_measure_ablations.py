"""Scores of what is left of a model, of a network that multiplies every bin with its gain."""

import json

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import AblationMeasures, read_table
from singmap.files.wav import write_wav
from singmap.models.checkpoints import save_model
from singmap.models.design import ModelDesign
from singmap.models.network import SpectralModel
from tests.helpers import study_tables
from tests.helpers.training_data import write_cache
from workflow.scripts import measure_ablations

N_BINS, BORDER = 129, 60
STFT = {"window": "hamming", "window_samples": 256, "fft_samples": 256, "hop_samples": 64}
SETTINGS = {
    "stft": STFT, "estimator": "magnitude", "window_s": 0.1, "hop_s": 0.1,
    "target": "drums", "deep_tracks": 1, "seconds_max": None,
}  # fmt: skip


def low_pass(encoder_layers: int) -> SpectralModel:
    """A network that keeps the bins below BORDER: layers that keep every bin, and a last one that does it."""
    import torch

    model = SpectralModel(N_BINS, ModelDesign(encoder_layers))
    for linear in model.stack:
        torch.nn.init.eye_(linear.weight)
        torch.nn.init.zeros_(linear.bias)
    model.stack[-1].weight.data[BORDER:] = 0
    return model


def write_tracks(folder, names) -> None:
    """Drums in the low half of the spectrum, the rest in the high one."""
    rng = np.random.default_rng(0)
    for name in names:
        noise = np.fft.rfft(rng.standard_normal((2, 2, 13230)), axis=-1)
        noise[0, :, 2800:] = noise[1, :, :3600] = 0
        drums, rest = np.fft.irfft(noise, 13230).astype(np.float32)
        for stem, audio in (("drums", drums), ("accompaniment", rest), ("mixture", drums + rest)):
            write_wav(folder / "tracks" / name / f"{stem}.wav", audio)
    study_tables.decoded_tracks({name: name.upper() for name in names}, [13230] * len(names)).to_csv(
        folder / "index.csv", index=False
    )


def measured(folder, encoder_layers: int, tracks_max: int | None = None, **settings) -> pd.DataFrame:
    """SDR in dB, one row per track, one column per measure."""
    write_tracks(folder, ["a", "b", "c"])
    write_cache(folder / "train", 50, N_BINS)
    save_model(folder / "w.safetensors", folder / "p.json", low_pass(encoder_layers), {})
    told = json.loads((folder / "p.json").read_text()) | {"truth": "equaliser", "seed": 3}
    (folder / "truth.json").write_text(json.dumps(told))
    gains = {"bin": range(N_BINS), "frequency_hz": 0.0, "gain": 0.5, "mixture_power": 1.0}
    pd.DataFrame(gains).to_csv(folder / "gains.csv", index=False)
    measure_ablations.main(
        index=folder / "index.csv", tracks=folder / "tracks", weights=folder / "w.safetensors",
        provenance=folder / "p.json", truth_weights=[folder / "w.safetensors"],
        truth_provenance=[folder / "truth.json"], train_index=folder / "train/index.csv",
        gains=folder / "gains.csv",
        measures=folder / "measures.csv", model="dae", seed=3,
        settings=SETTINGS | {"tracks_max": tracks_max} | settings,
    )  # fmt: skip
    table = read_table(folder / "measures.csv", AblationMeasures)
    assert set(zip(table["model"], table["seed"], table["subject"], table["weights"], strict=True)) == {
        ("dae", 3, "trained", "best"),
        ("dae", 3, "equaliser", "best"),
    }
    of_truth = table[table["subject"] == "equaliser"].set_index(["track_id", "measure"])["value"]
    table = table[table["subject"] == "trained"]
    of_model = table.set_index(["track_id", "measure"])["value"]
    assert set(of_truth.index) == {("a", "sdr_model"), ("a", "sdr_band")}, "one track was asked for"
    pd.testing.assert_series_equal(of_truth, of_model[of_truth.index])  # the same network here
    return table.pivot(index="track_id", columns="measure", values="value")


def test_a_scalar_filter_is_worth_the_same_without_other_bins(tmp_path):
    sdr = measured(tmp_path, encoder_layers=1)
    assert sdr.shape == (3, 9)
    assert (sdr["sdr_model"] > sdr["sdr_equaliser"] + 6).all()
    for name in ("diagonal", "band", "band_refit", "diagonal_no_bias", "static_gains"):
        np.testing.assert_allclose(sdr[f"sdr_{name}"], sdr["sdr_model"], atol=1e-3)


def test_a_sample_of_tracks_is_spread_over_all(tmp_path):
    assert measured(tmp_path, encoder_layers=1, tracks_max=2).index.tolist() == ["a", "c"]


def test_so_many_seconds_of_a_track_are_scored(tmp_path, monkeypatch):
    asked = []
    scored = measure_ablations.target_sdr
    monkeypatch.setattr(
        measure_ablations, "target_sdr", lambda *args: asked.append(args[-1].samples_max) or scored(*args)
    )
    measured(tmp_path, encoder_layers=1, seconds_max=0.2)
    assert set(asked) == {8820}


def test_a_deep_model_is_ablated_on_as_many_tracks_as_asked(tmp_path):
    sdr = measured(tmp_path, encoder_layers=3)
    assert sdr["sdr_band"].notna().tolist() == [True, False, False]
    assert sdr["sdr_band"]["a"] == pytest.approx(sdr["sdr_model"]["a"], abs=1e-3)
    assert sdr[["sdr_model", "sdr_static_gains", "sdr_equaliser"]].notna().all(axis=None)
