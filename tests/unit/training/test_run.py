"""One whole training: what its files say of each other. Resuming and failing: see tests of train_model."""

import json

import torch

from singmap.models.checkpoints import load_epochs, load_model
from singmap.spectra.cache import SpectraCache
from singmap.training.evaluation import evaluate_model
from singmap.training.losses import loss_function
from tests.helpers.trained_models import train, write_spectra


def test_kept_epochs_have_the_errors_that_the_history_tells(tmp_path):
    write_spectra(tmp_path)
    folder = train(tmp_path, kept_epochs=[1, 2, 50])
    models = load_epochs(folder / "epochs.safetensors", folder / "provenance.json")
    assert list(models) == [1, 2]
    lines = (folder / "history.csv").read_text().splitlines()
    column = lines[0].replace('"', "").split(",").index("relative_error")
    valid = SpectraCache(tmp_path / "spectra" / "valid")
    for epoch, model in models.items():
        told = float(lines[epoch].split(",")[column])
        found = evaluate_model(model, valid, loss_function("mse")).relative_error
        assert abs(found - told) < 1e-5 * told
    assert not (tmp_path / "models" / "unfinished").exists()


def test_keeping_epochs_changes_no_weight(tmp_path):
    write_spectra(tmp_path)
    folder = train(tmp_path)
    assert not (folder / "epochs.safetensors").exists()
    assert "epochs_sha256" not in json.loads((folder / "provenance.json").read_text())
    before = load_model(folder / "weights.safetensors", folder / "provenance.json").state_dict()
    train(tmp_path, kept_epochs=[1, 2])
    after = load_model(folder / "weights.safetensors", folder / "provenance.json").state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
