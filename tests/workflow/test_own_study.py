"""The examples of docs/extending.md as a reader puts them to work: models, data, measure, figure, oracle."""

import shutil
import subprocess
import sys

import pandas as pd
import pytest
from safetensors.torch import load_file

from singmap.models.checkpoints import load_model
from singmap.models.own_file import FILES_VARIABLE
from tests.workflow.dryrun import copy_checkout

pytestmark = pytest.mark.long  # some 70 jobs


def run(command, checkout):
    done = subprocess.run([sys.executable, *command], cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The results of the example, run to its end in a checkout with the oracle put in its place."""
    checkout = copy_checkout(tmp_path_factory.mktemp("own") / "checkout")
    own = checkout / "examples" / "own_study"
    shutil.copy(own / "oracle.py", checkout / "workflow/lib/singmap/separation/oracles/amplitude_mask.py")
    changes = {
        checkout / "workflow/schemas/config.schema.yaml": (
            "{enum: [mixture,",
            "{enum: [amplitude_mask, mixture,",
        ),
        own / "config.yaml": ("baselines: [mixture,", "baselines: [amplitude_mask, mixture,"),
    }
    for path, (old, new) in changes.items():
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
    run([own / "make_tracks.py", "results/tracks"], checkout)
    run([own / "low_pass.py", "65", "results/low_pass.safetensors"], checkout)
    run(["-m", "snakemake", "--cores=2", "--snakefile", own / "Snakefile"], checkout)
    return checkout / "results/own"


def test_models_of_ones_own_stand_beside_the_others_in_every_table(finished):
    tables = {path.stem: pd.read_csv(path) for path in finished.glob("tables/*.csv")}
    for name in ("structure", "controls", "measures", "training"):
        assert {"dae", "mask", "lowpass"} == set(tables[name]["model"]), name
    scored = {"dae", "mask", "lowpass", "amplitude_mask", "mixture", "equaliser"}
    assert set(tables["score_summary"]["model"]) == scored
    epochs = tables["training"].set_index("model")["epochs"]
    assert epochs["lowpass"] == 0, "its weights were given"
    assert epochs["mask"] > 0


def test_what_needs_layers_is_said_of_the_function_alone(finished):
    skipped = pd.read_csv(finished / "tables/skipped.csv")
    assert set(skipped["model"]) == {"mask"}
    assert set(skipped["reason"]) == {"needs layers"}
    structure = pd.read_csv(finished / "tables/structure.csv")
    methods = structure.groupby("model")["method"].unique().map(set)
    assert methods["mask"] == {"jacobian"}
    assert methods["lowpass"] == methods["dae"] == {"nca", "jacobian"}


def test_the_given_model_is_what_its_weights_say(finished):
    """A diagonal of gains: its Jacobian is diagonal, and what other bins hold changes nothing."""
    spread = pd.read_csv(finished / "tables/spread.csv").set_index("model")["spread_bins"]
    assert spread["lowpass"] == 0
    assert spread["dae"] > 0
    measures = pd.read_csv(finished / "tables/measures.csv").query("subject == 'trained'")
    of_given = measures[measures["model"] == "lowpass"].groupby("measure")["value"].mean()
    assert of_given["sdr_band"] == pytest.approx(of_given["sdr_model"], abs=1e-3)


def test_the_oracle_of_ones_own_is_the_best(finished):
    summary = pd.read_csv(finished / "tables/score_summary.csv")
    of_voice = summary[(summary["target"] == "vocals") & (summary["metric"] == "SDR")]
    assert of_voice.set_index("model")["median"].idxmax() == "amplitude_mask"


def test_figures_and_page_are_there(finished):
    assert "<svg" in (finished / "figures/spread.svg").read_text()
    assert (finished / "report/study.html").is_file()


def test_a_trained_model_loads_in_a_plain_session_that_names_its_file(finished, monkeypatch):
    folder = finished / "models/mask/seed0"
    monkeypatch.setenv(FILES_VARIABLE, str(finished.parents[1] / "examples/own_study/mask.py"))
    model = load_model(folder / "weights.safetensors", folder / "provenance.json")
    assert model.state_dict().keys() == load_file(folder / "weights.safetensors").keys()
    assert "near.weight" in model.state_dict()
