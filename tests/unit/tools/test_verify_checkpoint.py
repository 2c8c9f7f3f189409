"""A trained model is verified by its own validation loss, and by nothing else."""

import json
import shutil

import pytest

from tests.helpers.trained_models import train, write_spectra
from tools import verify_checkpoint


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A results folder with spectra and one trained model; never written to."""
    folder = tmp_path_factory.mktemp("results")
    write_spectra(folder)
    train(folder)
    return folder


@pytest.fixture
def results(trained, tmp_path):
    """A copy of it."""
    return shutil.copytree(trained, tmp_path / "results")


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
