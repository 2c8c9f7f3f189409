"""Where the checkout and the results may lie: jobs work there, or one line says why not before any starts."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.dryrun import copy_checkout, planned_jobs
from tests.workflow.running import run_snakemake

MANIFEST = "results/demo/manifest.json"


def snakemake(checkout: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run Snakemake in a checkout with the environment that lies in it, as `make demo` does."""
    (checkout / ".venv").symlink_to(sys.prefix)
    command = [checkout / ".venv/bin/python", "-m", "snakemake", "--cores=1", *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True)


def test_jobs_run_where_a_shell_would_need_quotes(tmp_path):
    checkout = copy_checkout(tmp_path / "my 'songs' & \"$HOME\"")
    demo = "demo={train_remixes: 1, valid_remixes: 1}"
    done = snakemake(checkout, "--config", demo, "--", MANIFEST)
    assert done.returncode == 0, done.stderr[-4000:]
    assert (checkout / MANIFEST).is_file()


def test_braces_in_the_checkouts_path_are_refused_in_one_line(tmp_path):
    checkout = copy_checkout(tmp_path / "run {v1}")
    done = snakemake(checkout, "--dry-run")
    assert done.returncode == 1
    expected = f"{checkout}: expected a path without '{{' to this checkout, found one; move it: Snakemake"
    assert expected in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("results", ["results/{a}", "..", " ", "~nobody-here/x"])
def test_results_that_cannot_be_are_refused_before_any_job(tmp_path, results):
    done = run_snakemake(tmp_path, "--dry-run", config={"results": results})
    assert done.returncode == 1
    assert f"found {results!r}" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_the_reduced_study_is_planned_by_its_own_command(tmp_path):
    """What the catalog's tools call, too: results lie in `.test`, beside the configuration."""
    checkout = copy_checkout(tmp_path / "checkout")
    about = (checkout / ".test/config/config.yaml").read_text()
    (command,) = re.findall(r"^#   (snakemake .+)$", about, re.MULTILINE)
    words = [sys.executable, "-m", *command.split(), "--dry-run"]
    done = subprocess.run(words, cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert planned_jobs(done.stdout)["render_page"] == 1


def test_results_may_lie_in_the_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    done = run_snakemake(tmp_path, "--until=fetch_dataset", config={"results": "~/my results"})
    assert done.returncode == 0, done.stderr[-4000:]
    assert (tmp_path / "home/my results/manifest.json").is_file()
    assert not (tmp_path / "~").exists()
