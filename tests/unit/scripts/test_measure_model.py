"""Measuring a model and its controls: every subject on every track, each with its own values."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import ModelMeasures, read_table
from singmap.models.checkpoints import load_model, save_model
from singmap.models.provenance import read_provenance
from singmap.spectra.cache import SpectraCache
from tests.helpers.trained_models import train, write_spectra
from workflow.scripts import measure_model

SETTINGS = {
    "tracks_max": 2, "frames_max": 60, "output_bins": 8, "pairs": 10, "partner_frames": 20,
    "lobe_bins": 2, "overlap_frames": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def monkeypatch():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def measured(tmp_path_factory, monkeypatch):
    """The table of a small sf with two kept epochs, whose trained truth is itself; two of three tracks."""
    results = tmp_path_factory.mktemp("results")
    write_spectra(results)
    folder = train(results, kept_epochs=[1, 2])
    files = folder / "weights.safetensors", folder / "provenance.json"
    truth = results / "truth.safetensors", results / "truth.json"
    save_model(*truth, load_model(*files), read_provenance(files[1]) | {"truth": "band"})
    index = results / "spectra" / "valid" / "index.csv"
    index.write_text("track_id,track,first_frame,n_frames\na,A,0,40\nb,B,40,40\nc,C,80,20\n")
    monkeypatch.setattr(measure_model, "DecodedSpectra", lambda index, *_: SpectraCache(index.parent))
    measure_model.main(
        weights=files[0],
        provenance=files[1],
        epochs=[folder / "epochs.safetensors"],
        truth_weights=[truth[0]],
        truth_provenance=[truth[1]],
        index=index,
        tracks=index.parent,
        measures=results / "measures.csv",
        model="sf",
        seed=3,
        settings=SETTINGS,
        spectra={},
    )
    return read_table(results / "measures.csv", ModelMeasures)


def values(table, subject, weights="best"):
    rows = table[(table["subject"] == subject) & (table["weights"] == weights)]
    own = rows[~rows["measure"].str.startswith("true_")]
    return own.set_index(["track_id", "measure"])["value"]


def test_every_subject_is_measured_on_every_track_by_every_measure(measured):
    subjects = {("trained", "best"), ("trained", "epoch1"), ("trained", "epoch2")}
    subjects |= {("untrained", "epoch0"), ("shuffled", "best"), ("band", "best")}
    found = {key: values(measured, *key) for key in subjects}
    assert len({tuple(series.index) for series in found.values()}) == 1
    assert set(zip(measured["subject"], measured["weights"], strict=True)) == subjects
    assert {"outside_effect", "rest_gain"} <= set(measured["measure"])
    assert set(measured["track_id"]) == {"a", "c"}, "so many were asked for"
    effects = found["trained", "best"].xs("outside_effect", level="measure")
    assert effects.notna().all()
    assert effects.min() >= 0


def test_the_same_network_has_the_same_values_and_others_have_others(measured):
    trained = values(measured, "trained")
    pd.testing.assert_series_equal(trained, values(measured, "band"))
    for other in (("untrained", "epoch0"), ("shuffled", "best"), ("trained", "epoch1")):
        assert not np.allclose(values(measured, *other), trained, equal_nan=True), other


def test_the_true_source_is_measured_once(measured):
    of_truth = measured[measured["measure"].str.startswith("true_")]
    assert set(zip(of_truth["subject"], of_truth["weights"], strict=True)) == {("trained", "best")}
    gains = of_truth[of_truth["measure"] == "true_r2_diagonal"].set_index("track_id")["value"]
    assert gains["a"] == pytest.approx(1, abs=1e-3), "the target is a share of every bin"
