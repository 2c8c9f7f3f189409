"""Nothing that comes with data is run as code: no pickle, no unsafe YAML, no shell, and no live markup."""

import ast
import hashlib
import json
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from singmap.files.storage import load_array
from singmap.models.checkpoints import load_model
from singmap.models.designs import design_of
from singmap.runtime.errors import InputError
from tests.helpers.audio_files import voice_and_band, write_stems
from tests.workflow.running import ROOT, run_snakemake

SOURCES = sorted([*ROOT.glob("workflow/**/*.py"), *ROOT.glob("tools/*.py")])
RULES = [*sorted(ROOT.glob("workflow/**/*.smk")), ROOT / "Snakefile", ROOT / "workflow/Snakefile"]
# Calls that run code found in their argument, or hand it to a shell.
FORBIDDEN = {
    "eval",
    "exec",
    "os.system",
    "os.popen",
    "pickle.load",
    "pickle.loads",
    "joblib.load",
    "yaml.load",
    "yaml.unsafe_load",
    "yaml.full_load",
    "np.load",
    "torch.load",
}
HOSTILE = (
    "$(touch pwned) `touch pwned` ; touch pwned",
    "<img src=x onerror=alert(1)> \"a\" 'b' {c} %s \\n",
    "line\nbreak & Größe 東京, -rf *",
)


def calls(path: Path) -> list[tuple[str, ast.Call]]:
    """All calls of a module with their names as written."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [(ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def is_true(call: ast.Call, keyword: str, value: bool) -> bool:
    return any(
        each.arg == keyword and isinstance(each.value, ast.Constant) and each.value.value is value
        for each in call.keywords
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_module_runs_what_it_reads(path):
    for name, call in calls(path):
        assert not is_true(call, "shell", True), f"{name} runs a shell"
        assert not is_true(call, "allow_pickle", True), f"{name} loads pickles"
        safe = (name == "np.load" and is_true(call, "allow_pickle", False)) or (
            name == "torch.load" and is_true(call, "weights_only", True)
        )
        assert safe or name not in FORBIDDEN, f"{name} in line {call.lineno}"


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_no_rule_builds_a_shell_command(path):
    assert not re.search(r"^\s*(shell|run|notebook|wrapper):", path.read_text(), re.MULTILINE)


def test_a_pickle_in_the_place_of_an_array_is_refused(tmp_path):
    path = tmp_path / "mixture.npy"
    np.save(path, np.array([{"a": 1}]), allow_pickle=True)
    with pytest.raises(InputError, match=r"mixture\.npy: expected a whole \.npy array"):
        load_array(path)


def test_a_pickled_checkpoint_is_refused(tmp_path):
    weights, provenance = tmp_path / "weights.safetensors", tmp_path / "provenance.json"
    torch.save({"weight": torch.zeros(2)}, weights)
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    record = {"model": "dae", "design": asdict(design_of("dae")), "n_bins": 2, "weights_sha256": digest}
    provenance.write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"weights\.safetensors"):
        load_model(weights, provenance)


@pytest.mark.long
def test_hostile_names_reach_the_page_as_text(tmp_path):
    """From folders with such names through every stage: nothing is run, and tables keep the names."""
    root = tmp_path / "my $(touch pwned) music"
    stems = voice_and_band(n_samples=66150)
    places = ["train/" + HOSTILE[0], "valid/plain", "test/" + HOSTILE[1], "test/" + HOSTILE[2]]
    for gain, place in zip(
        (1.0, 0.9, 0.8, 0.7), places, strict=True
    ):  # or they would be one song in two subsets
        write_stems(root / place, {name: gain * audio for name, audio in stems.items()})
    config = {
        "dataset": {"name": "folder", "root": str(root)},
        "models": ["dae"],
        "mapping": {"methods": ["nca", "jacobian"]},
        "scoring": {"baselines": ["mixture", "irm"]},
        "report": {"excerpt_tracks": 2},
    }
    done = run_snakemake(tmp_path, config=config)
    assert done.returncode == 0, done.stderr[-4000:]
    assert not list(tmp_path.rglob("pwned"))
    scores = pd.read_csv(tmp_path / "results/tiny/tables/scores.csv")
    assert set(scores["track"]) == set(HOSTILE[1:])
    page = (tmp_path / "results/tiny/report/study.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page
