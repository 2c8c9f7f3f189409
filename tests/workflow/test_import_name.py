"""The library is found under its own name, whatever else lies on Python's path: others' `workflow`, too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.dryrun import copy_checkout, planned_jobs
from tests.workflow.running import ROOT, run_snakemake

MANIFEST = "results/tiny/manifest.json"
OTHERS = {
    "modules": ["workflow.py", "lib.py", "singmap.py"],
    "packages": [f"{name}/__init__.py" for name in ("workflow", "workflow/lib", "lib", "singmap")],
}
SIGN = "the library of the copy"


def write_modules(folder: Path, names: list[str]) -> Path:
    """Write modules that define nothing."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("found = True\n")
    return folder


@pytest.fixture
def study(tmp_path):
    """An empty folder for a study's results."""
    (tmp_path / "study").mkdir()
    return tmp_path / "study"


@pytest.mark.parametrize("names", OTHERS.values(), ids=OTHERS)
def test_plans_and_jobs_work_beside_other_packages(study, tmp_path, monkeypatch, names):
    """On PYTHONPATH, and in the folder that Snakemake is started in."""
    write_modules(study, names)
    monkeypatch.setenv("PYTHONPATH", str(write_modules(tmp_path / "others", names)))
    plan = run_snakemake(study, "--dry-run")
    assert plan.returncode == 0, plan.stderr[-4000:]
    assert planned_jobs(plan.stdout + plan.stderr)["train_model"] == 3
    done = run_snakemake(study, "--until=fetch_dataset")
    assert done.returncode == 0, done.stderr[-4000:]
    assert (study / MANIFEST).is_file()


@pytest.fixture
def copy(tmp_path):
    """A copy of the checkout whose jobs say that they use its library."""
    copy = copy_checkout(tmp_path / "copy")
    with (copy / "workflow/lib/singmap/data/demo.py").open("a") as module:
        module.write(f"\nprint({SIGN!r}, flush=True)\n")
    return copy


@pytest.mark.parametrize("used", ["copy", "original"])
def test_jobs_use_the_library_of_their_own_checkout(study, copy, monkeypatch, used):
    source, other = (copy, ROOT) if used == "copy" else (ROOT, copy)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(other / "workflow/lib"), str(other)]))
    done = run_snakemake(study, "--until=fetch_dataset", source=source)
    assert done.returncode == 0, done.stderr[-4000:]
    assert (SIGN in done.stdout + done.stderr) == (used == "copy")


def test_two_checkouts_in_one_workflow_are_refused_in_one_line(study, copy):
    """Their jobs would share one path: each would run with the library of the last."""
    modules = [
        f"module {name}:\n    snakefile: {str(source / 'workflow/Snakefile')!r}\n    prefix: {name!r}\n"
        f"use rule * from {name} as {name}_*\n"
        for name, source in (("one", ROOT), ("two", copy))
    ]
    (study / "Snakefile").write_text("\n".join(modules))
    command = [sys.executable, "-m", "snakemake", "--cores=1", "--dry-run"]
    done = subprocess.run(command, cwd=study, capture_output=True, text=True)
    assert done.returncode == 1
    assert (
        f"{copy}: expected its own library, found that of {ROOT}; use one checkout"
        in done.stdout + done.stderr
    )
