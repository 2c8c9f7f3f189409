"""The library is found under its own name, whatever else lies on Python's path: others' `workflow`, too."""

import os
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
    with (copy / "workflow/lib/data/demo.py").open("a") as module:
        module.write(f"\nprint({SIGN!r}, flush=True)\n")
    return copy


@pytest.mark.parametrize("used", ["copy", "original"])
def test_jobs_use_the_library_of_their_own_checkout(study, copy, monkeypatch, used):
    source, other = (copy, ROOT) if used == "copy" else (ROOT, copy)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(other / "workflow"), str(other)]))
    done = run_snakemake(study, "--until=fetch_dataset", source=source)
    assert done.returncode == 0, done.stderr[-4000:]
    assert (SIGN in done.stdout + done.stderr) == (used == "copy")
