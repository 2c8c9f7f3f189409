"""SIGTERM to Snakemake alone: its jobs save their state and end, and one plain start goes on."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from singmap.runtime.parent_watch import children
from tests.workflow.running import ROOT, run_snakemake, start_snakemake

# The study's own rules/common.smk; jobs that would run for minutes, one of which saves what it has done.
SNAKEFILE = """
include: "{root}/workflow/rules/common.smk"
include: "{root}/workflow/rules/history.smk"

rule all:
    default_target: True
    input: "saving", "starting"

rule saving:
    output: "saving"
    log: "saving.log"
    script: "saving.py"

rule starting:
    output: "starting"
    log: "starting.log"
    script: "starting.py"
"""
SAVING = """
import sys, time
from pathlib import Path
from singmap.runtime.logs import captured
from singmap.runtime.termination import termination_flag

state = Path("state")
with captured(snakemake.log[0]), termination_flag() as asked:
    while not state.exists():
        Path("at_work").touch()
        time.sleep(0.05)
        if asked.is_set:
            state.write_text("half")
            raise SystemExit(143)
    Path(snakemake.output[0]).write_text(state.read_text() + " and half")
"""
STARTING = """
import subprocess, sys
from pathlib import Path
from singmap.runtime.logs import captured

with captured(snakemake.log[0]):
    if not Path("state").exists():
        child = subprocess.Popen(["sleep", "600"])
        Path("pid").write_text(str(child.pid))
        Path("pid").rename("child")
        child.wait()
    Path(snakemake.output[0]).touch()
"""
RESULTS = Path("results/tiny")
TRAINED = [str(RESULTS / f"models/{model}/seed0/weights.safetensors") for model in ("dae", "sf")]
TRAINING = {"training": {"epochs_max": 400, "patience_epochs": 400}}


def wait_for(happened, process: subprocess.Popen, limit_s: float = 120.0) -> None:
    """Wait until something has happened to a running process."""
    deadline = time.monotonic() + limit_s
    while not happened():
        assert process.poll() is None, "it ended too early"
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.05)


def test_jobs_are_told_and_a_plain_start_goes_on(tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(root=ROOT))
    (tmp_path / "saving.py").write_text(SAVING)
    (tmp_path / "starting.py").write_text(STARTING)
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--cores=2",
        "--quiet=rules",
        "--rerun-incomplete",
        "--nolock",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: {"at_work", "child"} <= {path.name for path in tmp_path.iterdir()}, process)
        process.terminate()
        _, told = process.communicate(timeout=100)
    assert process.returncode == 1
    assert "Asked to stop: running jobs save their state and end; start again" in told
    assert (tmp_path / "state").read_text() == "half"
    assert not Path("/proc", (tmp_path / "child").read_text(), "exe").exists()
    assert not (tmp_path / "saving").exists()
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=100)
    assert (tmp_path / "saving").read_text() == "half and half"


@pytest.mark.long
def test_two_trainings_that_are_stopped_end_with_the_same_bits(tmp_path):
    undisturbed, stopped = tmp_path / "undisturbed", tmp_path / "stopped"
    undisturbed.mkdir()
    spectra = [str(RESULTS / f"spectra/{subset}/index.csv") for subset in ("train", "valid")]
    assert run_snakemake(undisturbed, "--cores=2", "--", *spectra, config=TRAINING).returncode == 0
    shutil.copytree(undisturbed, stopped)
    assert run_snakemake(undisturbed, "--cores=2", "--", *TRAINED, config=TRAINING).returncode == 0
    with start_snakemake(stopped, "--cores=2", "--", *TRAINED, config=TRAINING) as process:
        logs = [stopped / RESULTS / f"logs/train_model/{model}_seed0.log" for model in ("dae", "sf")]
        wait_for(lambda: all(log.exists() and "epochs," in log.read_text() for log in logs), process)
        jobs = children(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 1
    assert [job for job in jobs if Path("/proc", str(job), "exe").exists()] == []
    assert len(list((stopped / RESULTS / "models/unfinished").iterdir())) == 2
    done = run_snakemake(stopped, "--cores=2", "--", *TRAINED, config=TRAINING)
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stderr.count("resumed in epoch") == 2
    for path in TRAINED:
        assert (stopped / path).read_bytes() == (undisturbed / path).read_bytes()
