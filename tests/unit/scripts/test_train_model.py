import json
from dataclasses import asdict

import pandas as pd
import pytest
import torch

from singmap.models.checkpoints import load_model
from singmap.models.designs import design_of
from singmap.runtime.errors import InputError
from singmap.training.trainer import Trainer
from tests.helpers.training_data import SETTINGS, StoppedError, write_cache
from tools import verify_checkpoint
from workflow.scripts import export_tensorboard, tabulate_training, train_model

N_BINS = 24


@pytest.fixture
def results(tmp_path):
    """A results folder with spectra and one trained model."""
    write_cache(tmp_path / "spectra" / "train", 200, N_BINS, seed=1)
    write_cache(tmp_path / "spectra" / "valid", 100, N_BINS, seed=2)
    train(tmp_path)
    return tmp_path


def train(results, model="sf", seed=3, device="auto"):
    folder = results / "models" / model / f"seed{seed}"
    train_model.main(
        train_index=results / "spectra" / "train/index.csv",
        valid_index=results / "spectra" / "valid/index.csv",
        model=model,
        design=asdict(design_of(model)),
        seed=seed,
        settings=SETTINGS | {"precision": "float32"},
        device=device,
        gpu_slots=0,
        code={"singmap.models.network": "0123"},
        unfinished=results / "models" / "unfinished" / f"{model}_seed{seed}",
        weights=folder / "weights.safetensors",
        history=folder / "history.csv",
        provenance=folder / "provenance.json",
    )
    return folder


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


def test_verify_reproduces_the_recorded_loss(results, capsys):
    assert verify_checkpoint.command([str(results / "models" / "sf" / "seed3")]) == 0
    assert "reproduced" in capsys.readouterr().out


def test_verify_refuses_another_loss(results, capsys):
    folder = results / "models" / "sf" / "seed3"
    record = json.loads((folder / "provenance.json").read_text())
    (folder / "provenance.json").write_text(json.dumps(record | {"valid_loss": record["valid_loss"] * 1.001}))
    assert verify_checkpoint.command([str(folder)]) == 1
    assert "recorded validation loss" in capsys.readouterr().err


def test_verify_refuses_other_spectra(results, capsys):
    command = [str(results / "models" / "sf" / "seed3"), "--spectra", str(results / "spectra" / "train")]
    assert verify_checkpoint.command(command) == 1
    assert "validation spectra that the model was trained with" in capsys.readouterr().err


def test_verify_says_which_file_is_missing(tmp_path, capsys):
    assert verify_checkpoint.command([str(tmp_path)]) == 1
    assert "provenance.json" in capsys.readouterr().err


def test_the_table_has_a_row_for_every_model_and_seed(results):
    folders = [
        train(results, seed=10),
        train(results, model="dae", seed=0),
        results / "models" / "sf" / "seed3",
    ]
    provenance = [folder / "provenance.json" for folder in folders]
    tabulate_training.main(provenance=provenance, table=results / "training.csv")
    table = pd.read_csv(results / "training.csv")
    assert table[["model", "seed"]].to_numpy().tolist() == [["dae", 0], ["sf", 3], ["sf", 10]]
    assert (table["relative_error"] < 1).all()


def test_tensorboard_gets_every_figure_of_the_history(results):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    history = results / "models" / "sf" / "seed3" / "history.csv"
    export_tensorboard.main(histories=[history], logs=results / "tensorboard")
    events = accumulator.EventAccumulator(str(results / "tensorboard" / "sf" / "seed3")).Reload()
    table = pd.read_csv(history)
    for name in ("train_loss", "valid_loss", "relative_error"):
        scalars = events.Scalars(name)
        assert [scalar.step for scalar in scalars] == table["epoch"].tolist()
        assert [scalar.value for scalar in scalars] == pytest.approx(table[name].tolist(), rel=1e-6)
