"""A job that is killed again and again ends with the bits of one that ran undisturbed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.training_data import write_cache

DRIVER = Path(__file__).with_name("resume_driver.py")
RESULTS = {
    "train": ("weights.safetensors", "epochs.safetensors", "history.csv"),
    "map": ("nca.npy", "nca_curve.csv"),
}


@pytest.fixture(scope="module")
def spectra(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spectra")
    write_cache(folder / "train", 4000, n_bins=65, seed=1)
    write_cache(folder / "valid", 400, n_bins=65, seed=2)
    return folder


def run(root, kind, spectra, results, n_kills, seed=0):
    command = [sys.executable, str(DRIVER), kind, str(spectra), str(results), str(n_kills), str(seed)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def contents(kind, folder):
    return {name: (folder / name).read_bytes() for name in RESULTS[kind]}


@pytest.fixture(scope="module")
def undisturbed(root, spectra, tmp_path_factory):
    """What an undisturbed job of each kind leaves."""
    folder = tmp_path_factory.mktemp("undisturbed")
    for kind in RESULTS:
        assert run(root, kind, spectra, folder, n_kills=0)[0]["endings"] == ["finished"]
    return {kind: contents(kind, folder) for kind in RESULTS}


@pytest.mark.parametrize(
    ("n_kills", "seed"), [(4, 0), *(pytest.param(12, seed, marks=pytest.mark.long) for seed in (1, 2, 3))]
)
def test_kills_of_a_training_at_random_moments_change_no_bit(
    root, spectra, undisturbed, tmp_path, n_kills, seed
):
    told, log = run(root, "train", spectra, tmp_path, n_kills, seed)
    endings = told["endings"]
    assert endings[-1] == "finished"
    assert set(endings[:-1]) <= {"SIGKILL", "SIGTERM", "stopped"}, (
        "a child failed or finished before its kill"
    )
    assert log.count("resumed in epoch") == n_kills
    assert contents("train", tmp_path) == undisturbed["train"]
    assert not (tmp_path / "unfinished").exists()


def test_kills_of_an_examination_lose_only_the_segment_at_work(root, spectra, undisturbed, tmp_path):
    told, _ = run(root, "map", spectra, tmp_path, n_kills=10, seed=4)
    assert told["endings"] == ["SIGKILL"] * 10 + ["finished"]
    assert told["saved"] == sorted(set(told["saved"])), "every child went on from what the last had left"
    assert contents("map", tmp_path) == undisturbed["map"]
    assert not (tmp_path / "unfinished").exists()
