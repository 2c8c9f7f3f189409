"""The study as a `module:` of somebody else's workflow, with their configuration, prefix and modules."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.workflow.running import ROOT, TINY

STUDY = """
configfile: "outer.yaml"

module study:
    snakefile: {snakefile!r}
    config: config["study"]
    prefix: config["prefix"]

use rule * from study as study_*
"""
OUTER = """
rule outer:
    default_target: True
    input: rules.study_render_page.output
    output: "outer.txt"
    shell: "cp {input} {output}"
"""
# A workflow that keeps its library where this project keeps its own.
OWN = """
from {package}.helper import greeting

rule own:
    output: greeting + ".txt"
    script: "own.py"
"""
SCRIPT = """
from {package}.helper import greeting

with open(snakemake.output[0], "w") as file:
    file.write(greeting)
"""
MADE = "sub/results/tiny/mappings/dae/seed0/nca.npy"
MANIFEST = "sub/results/tiny/manifest.json"


def write_outer(folder: Path, before: str = "", after: str = "") -> Path:
    """Write a workflow that uses the study, with what stands in its Snakefile before and after that."""
    study = STUDY.format(snakefile=str(ROOT / "workflow/Snakefile"))
    (folder / "Snakefile").write_text(before + study + after)
    settings = {"study": TINY | {"training": {"epochs_max": 1}}, "prefix": "sub"}
    (folder / "outer.yaml").write_text(yaml.safe_dump(settings))
    return folder


def snakemake(directory: Path, *arguments: str, environment: dict[str, str] | None = None) -> str:
    command = [sys.executable, "-m", "snakemake", "--cores=2", *arguments]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout + done.stderr


def planned(directory: Path, *arguments: str, environment: dict[str, str] | None = None) -> dict[str, int]:
    """Number of jobs per rule of a dry run."""
    plan = snakemake(directory, "--dry-run", *arguments, environment=environment)
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", plan, re.MULTILINE)}


def test_rules_run_and_the_rest_is_planned_under_the_prefix(tmp_path):
    """A mapping is made for real: scripts find the study's modules; then the plan is complete."""
    outer = write_outer(tmp_path, after=OUTER)
    snakemake(outer, "--", MADE)
    assert (outer / MADE).is_file()
    assert {path.name for path in outer.iterdir()} == {"Snakefile", "outer.yaml", ".snakemake", "sub"}
    assert list(outer.glob("sub/results/datasets/demo/data-*"))
    assert not list(outer.rglob("unfinished")), "what is emptied is removed"
    kept = json.loads((outer / "sub/results/tiny/snakemake.json").read_text())
    assert kept["results"] == "sub/results/tiny"
    assert MADE in kept["outputs"]
    jobs = planned(outer)
    assert jobs["study_train_model"] == 2
    assert jobs["study_score_system"] == 9
    assert jobs["outer"] == 1


HOOK = """
onstart:
    Path("outer_started").touch()
"""


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_run_that_cannot_be_made_stops_before_its_first_job(tmp_path, place):
    """So it does beside hooks of the outer workflow, of which Snakemake keeps the last one alone."""
    outer = write_outer(tmp_path, **{place: "from pathlib import Path\n" + HOOK})
    settings = yaml.safe_load((outer / "outer.yaml").read_text())
    settings["study"]["dataset"] = {"name": "folder", "root": "nowhere"}
    (outer / "outer.yaml").write_text(yaml.safe_dump(settings))
    command = [sys.executable, "-m", "snakemake", "--cores=1", "--", MANIFEST]
    done = subprocess.run(command, cwd=outer, capture_output=True, text=True)
    assert done.returncode
    assert "this run: expected what its jobs need, found 1 problem before the first job" in done.stderr
    assert (outer / "outer_started").exists()
    assert not (outer / "sub/results/tiny/logs").exists()


@pytest.mark.parametrize(("package", "place"), [("workflow.lib", "before"), ("lib", "after")])
def test_a_workflow_with_a_library_of_its_own_keeps_it(tmp_path, package, place):
    """It imports its own in its script, and in its Snakefile before or after it reads the study's."""
    folder = tmp_path
    for name in package.split("."):
        folder = folder / name
        folder.mkdir()
        (folder / "__init__.py").touch()
    (folder / "helper.py").write_text('greeting = "hello"\n')
    (tmp_path / "own.py").write_text(SCRIPT.format(package=package))
    outer = write_outer(tmp_path, **{place: OWN.format(package=package)})
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    assert planned(outer, "study_all", environment=environment)["study_train_model"] == 3
    snakemake(outer, "--", "hello.txt", MANIFEST, environment=environment)
    assert (outer / "hello.txt").read_text() == "hello"
    assert (outer / MANIFEST).is_file()
