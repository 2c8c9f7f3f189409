"""The study as a `module:` of somebody else's workflow, with their configuration and their prefix."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.running import ROOT, TINY

OUTER = """
configfile: "outer.yaml"

module study:
    snakefile: {snakefile!r}
    config: config["study"]
    prefix: config["prefix"]

use rule * from study as study_*

rule outer:
    default_target: True
    input: rules.study_render_page.output
    output: "outer.txt"
    shell: "cp {{input}} {{output}}"
"""


@pytest.fixture
def outer(tmp_path):
    """A workflow of one rule that uses the study."""
    import yaml

    (tmp_path / "Snakefile").write_text(OUTER.format(snakefile=str(ROOT / "workflow/Snakefile")))
    settings = {"study": TINY | {"training": {"epochs_max": 1}}, "prefix": "sub"}
    (tmp_path / "outer.yaml").write_text(yaml.safe_dump(settings))
    return tmp_path


def snakemake(directory: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "snakemake", "--cores=2", *arguments]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout + done.stderr


def test_rules_run_and_the_rest_is_planned_under_the_prefix(outer):
    """A mapping is made for real: scripts find the study's modules; then the plan is complete."""
    made = "sub/results/tiny/mappings/dae/seed0/nca.npy"
    snakemake(outer, "--", made)
    assert (outer / made).is_file()
    assert {path.name for path in outer.iterdir()} == {"Snakefile", "outer.yaml", ".snakemake", "sub"}
    assert list(outer.glob("sub/results/datasets/demo/data-*"))
    assert not list(outer.rglob("unfinished")), "what is emptied is removed"
    plan = snakemake(outer, "--dry-run")
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", plan, re.MULTILINE))
    assert jobs["study_train_model"] == "2"
    assert int(jobs["study_score_system"]) >= 1
    assert jobs["outer"] == "1"
