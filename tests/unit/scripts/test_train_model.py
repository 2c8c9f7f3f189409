"""Training by the script: files that belong together, the same bits again, and nothing after a failure."""

import json

import pandas as pd
import pytest
import torch

from singmap.models.checkpoints import load_model
from singmap.runtime.errors import InputError
from singmap.training.trainer import Trainer
from tests.helpers.trained_models import N_BINS, train, write_spectra
from tests.helpers.training_data import StoppedError


@pytest.fixture
def results(tmp_path):
    """A results folder with spectra and one trained model."""
    write_spectra(tmp_path)
    train(tmp_path)
    return tmp_path


def test_weights_history_and_provenance_belong_together(results):
    folder = results / "models" / "sf" / "seed3"
    model = load_model(folder / "weights.safetensors", folder / "provenance.json")
    history = pd.read_csv(folder / "history.csv")
    provenance = json.loads((folder / "provenance.json").read_text())
    assert model.n_bins == N_BINS
    assert len(history) == provenance["epochs"]
    assert provenance["best_epoch"] == history["epoch"][history["valid_loss"].idxmin()]
    assert provenance["valid_loss"] == pytest.approx(history["valid_loss"].min(), rel=1e-5)
    for key in ("seed", "settings", "versions", "device", "commit", "machine", "relative_error"):
        assert key in provenance
    assert not (results / "models" / "unfinished" / "sf_seed3").exists()


def test_the_same_run_gives_the_same_files(results):
    folder = results / "models" / "sf" / "seed3"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    train(results)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_another_thread_count_goes_on_from_no_state(results, monkeypatch, capsys):
    def stop(trainer, *_batch):
        trainer._save()
        raise StoppedError

    def training_on(threads):
        monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
        return train(results, model="dae")

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "step", stop)
        for threads in (2, 1):
            with pytest.raises(StoppedError):
                training_on(threads)
    states = results / "models" / "unfinished" / "dae_seed3"
    assert len(list(states.iterdir())) == 2
    assert "resumed" not in capsys.readouterr().err
    assert json.loads((training_on(2) / "provenance.json").read_text())["threads"] == 2
    assert "resumed in epoch 1" in capsys.readouterr().err


def test_a_failed_run_leaves_no_results(results):
    with pytest.raises(InputError, match="a CUDA device"):
        train(results, model="dae", device="cuda")
    assert not (results / "models" / "dae").exists()
