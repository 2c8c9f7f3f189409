"""What seeds agree on, of networks with the same diagonal and noise of their own."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from singmap.files.tables import PairedMeasures, SpectraIndex, columns, read_table
from singmap.mapping.subject import examine
from singmap.models.checkpoints import load_model, save_model
from singmap.models.design import ModelDesign
from singmap.models.network import build_model
from singmap.spectra.cache import SpectraCache
from singmap.study.jacobian_agreement import AgreementSettings, agreement_of_seeds
from workflow.scripts import measure_agreement

N_BINS = 60
SETTINGS = {"half_width": 2, "frames": 10, "output_bins": 100}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Spectra of two tracks, the second silent, and three seeds of a network with a strong diagonal."""
    mixture = np.random.default_rng(0).gamma(1.0, size=(50, N_BINS)).astype(np.float32)
    mixture[30:] = 0
    for name in ("mixture", "target"):
        np.save(tmp_path / f"{name}.npy", mixture)
    monkeypatch.setattr(measure_agreement, "DecodedSpectra", lambda index, *_: SpectraCache(index.parent))
    tracks = [("a", "A", 0, 30), ("b", "B", 30, 20)]
    pd.DataFrame(tracks, columns=columns(SpectraIndex)).to_csv(tmp_path / "index.csv", index=False)
    for seed in (0, 1, 2):
        model = build_model(ModelDesign(1, zero_biases=True), N_BINS, seed)
        for linear in model.stack:
            linear.weight.data.mul_(0.5).add_(torch.eye(N_BINS))
        save_model(tmp_path / f"w{seed}.safetensors", tmp_path / f"p{seed}.json", model, {})
        told = json.loads((tmp_path / f"p{seed}.json").read_text()) | {"truth": "band", "seed": seed}
        (tmp_path / f"t{seed}.json").write_text(json.dumps(told))
    return tmp_path


def measured(folder, seeds, tracks_max=None) -> pd.DataFrame:
    measure_agreement.main(
        weights=[folder / f"w{seed}.safetensors" for seed in seeds],
        provenance=[folder / f"p{seed}.json" for seed in seeds],
        truth_weights=[folder / f"w{seed}.safetensors" for seed in seeds],
        truth_provenance=[folder / f"t{seed}.json" for seed in seeds],
        index=folder / "index.csv", tracks=folder, measures=folder / "measures.csv", model="dae", seeds=seeds,
        settings=SETTINGS | {"tracks_max": tracks_max}, spectra={},
    )  # fmt: skip
    return read_table(folder / "measures.csv", PairedMeasures)


def test_what_seeds_share_is_their_diagonal_and_untrained_ones_share_nothing(folder):
    table = measured(folder, [0, 1, 2])
    keys = ["subject", "weights", "track_id", "measure", "seed"]
    value = table.set_index(keys)["value"].sort_index()
    assert value.index.is_unique
    of_trained = value["trained", "best", "a"]
    for seed in (0, 1, 2):
        assert of_trained["jacobian_agreement", seed] == pytest.approx(1, abs=0.2)
        assert of_trained["jacobian_agreement", seed] > of_trained["jacobian_share", seed] + 0.1
        assert value["untrained", "epoch0", "a", "jacobian_cosine", seed] < 0.1
    assert np.isnan(value["untrained", "epoch0", "a", "jacobian_agreement", 0])
    assert value["trained", "best", "b"].isna().all()
    pd.testing.assert_series_equal(value["band", "best"], value["trained", "best"])  # the same networks here


def test_a_sample_of_tracks_has_their_values_among_all(folder):
    keys = ["subject", "weights", "measure", "seed"]
    whole, sample = (measured(folder, [0, 1], limit).set_index(["track_id", *keys]) for limit in (None, 1))
    assert set(sample.index.get_level_values("track_id")) == {"a"}
    pd.testing.assert_frame_equal(sample.sort_index(), whole.loc[["a"]].sort_index())


def test_shuffled_is_the_trained_model_on_frames_with_permuted_bins(folder):
    found = (
        measured(folder, [0, 1]).set_index(["subject", "track_id", "measure", "seed"])["value"].sort_index()
    )
    models = {s: examine(load_model(folder / f"w{s}.safetensors", folder / f"p{s}.json")) for s in (0, 1)}
    frames = np.load(folder / "mixture.npy")[:30]
    order = np.random.default_rng(measure_agreement.SHUFFLE_SEED).permutation(N_BINS)
    expected = agreement_of_seeds(models, frames[:, order], 2, AgreementSettings(10, 100), seed=0)
    for measure in ("jacobian_cosine", "layers_agreement"):
        assert found["shuffled", "a", measure, 0] == pytest.approx(expected[0][measure])
        assert found["shuffled", "a", measure, 0] != found["trained", "a", measure, 0]


def test_one_seed_has_no_partner(folder):
    value = measured(folder, [1]).set_index(["subject", "track_id", "measure"])["value"]
    assert np.isnan(value["trained", "a", "jacobian_agreement"])
    assert value["trained", "a", "jacobian_share"] > 0
    assert value["trained", "a", "bias_share"] == pytest.approx(0, abs=1e-6)
