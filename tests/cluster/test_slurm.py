"""The reduced study on a real Slurm cluster of two nodes: it completes, and mishaps lose nothing.

Every test starts from a copy of a study that the cluster has finished, and trains one model anew.
"""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from singmap.configuration import merged
from tests.cluster.slurm_cluster import NODES, SlurmCluster
from tests.workflow.running import ROOT, TINY

pytestmark = pytest.mark.cluster

REDUCED = merged(
    TINY,
    {
        "models": ["dae", "sf"],
        "mapping": {"methods": ["nca", "jacobian"]},
        "scoring": {"baselines": ["mixture", "irm"]},
    },
)
# Long enough to be met in the middle: seconds of training. On the CPU, as only the first node has GPUs.
LONG_TRAINING = {"device": "cpu", "training": {"epochs_max": 1200, "patience_epochs": 1200}}
RESULTS = Path("results/tiny")
MODEL = RESULTS / "models/dae/seed0"
LOG = RESULTS / "logs/train_model/dae_seed0.log"
TIMEOUT_S = 900.0
# The test cluster answers at once, and its nodes have two cores each.
IMPATIENT = ["--max-threads=2", "--latency-wait=5", "--slurm-init-seconds-before-status-checks=1"]


class Run:
    """One start of Snakemake on the cluster, in the background."""

    def __init__(self, cluster: SlurmCluster, directory: Path, *arguments: str, profile="slurm", config=None):
        settings = directory / "config.json"
        settings.write_text(json.dumps(merged(REDUCED, config or {})))
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
        command += ["--profile", str(ROOT / "profiles" / profile), "--configfile", str(settings)]
        self.output_path = directory / "output.txt"
        self.cluster = cluster
        with self.output_path.open("w") as output:
            self.process = cluster.popen(
                *command, *arguments, cwd=directory, stdout=output, stderr=subprocess.STDOUT
            )

    def wait(self, watch: Callable[[], None] = lambda: None) -> int:
        """Return the exit status, calling `watch` twice a second; past the time limit the test fails."""
        deadline = time.monotonic() + TIMEOUT_S
        while self.process.poll() is None and time.monotonic() < deadline:
            watch()
            time.sleep(0.5)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # Snakemake cancels its jobs
            raise AssertionError(f"still running after {TIMEOUT_S} s:\n{self.output[-4000:]}")
        return self.process.returncode

    @property
    def output(self) -> str:
        return self.output_path.read_text()

    def job_in_training(self, directory: Path) -> dict[str, str]:
        """Wait until the training job is at work, seen in its log; return its id and node."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            jobs = [job for job in self.cluster.jobs("RUNNING") if "train_model" in job["comment"]]
            if jobs and (directory / LOG).is_file():
                return jobs[0]
            time.sleep(0.2)
        raise AssertionError(f"no training job in the queue:\n{self.output[-4000:]}")


@pytest.fixture(scope="module")
def finished(cluster, tmp_path_factory):
    """The reduced study, run by the cluster: its folder, and the devices in use at each look at the queue."""
    directory = tmp_path_factory.mktemp("study")
    devices_in_use: list[list[str]] = []
    run = Run(cluster, directory, *IMPATIENT)
    status = run.wait(watch=lambda: devices_in_use.append(gpus_in_use(cluster)))
    assert status == 0, run.output[-6000:]
    return directory, devices_in_use


@pytest.fixture
def study(finished, tmp_path):
    """A copy of the finished study without one of its models."""
    directory = shutil.copytree(finished[0], tmp_path / "study", symlinks=True)
    shutil.rmtree(directory / MODEL)
    (directory / LOG).unlink()
    return directory


def records(cluster) -> list[str]:
    """All jobs that the controller remembers, each as the text of `scontrol show job`."""
    return cluster.check("scontrol", "--details", "show", "job").split("\n\n")


def gpus_in_use(cluster) -> list[str]:
    """Index of each running GPU job's device."""
    running = [text for text in records(cluster) if "JobState=RUNNING" in text]
    return [index for text in running for index in re.findall(r"GRES=gpu:fake:1\(IDX:(\d)\)", text)]


def train(cluster, study, *arguments) -> Run:
    """Start the training of the missing model."""
    target = str(MODEL / "weights.safetensors")
    return Run(cluster, study, *IMPATIENT, *arguments, "--", target, config=LONG_TRAINING)


def test_the_study_completes_with_jobs_on_both_nodes(cluster, finished):
    directory, _ = finished
    assert (directory / RESULTS / "report/study.html").is_file()
    assert {job["node"] for job in cluster.jobs("COMPLETED")} >= set(NODES)


def test_no_device_ever_serves_two_jobs(finished):
    """Looked at twice a second during the whole run: two devices in all, each job on one of its own."""
    _, devices_in_use = finished
    assert [used for used in devices_in_use if len(used) != len(set(used))] == []
    assert max(len(used) for used in devices_in_use) == 2


def test_a_node_that_goes_down_loses_only_time(cluster, study):
    run = train(cluster, study)
    job = run.job_in_training(study)
    node = job["node"]
    cluster.check("scontrol", "update", f"node={node}", "state=down", "reason=test")
    try:
        assert run.wait() == 0, run.output[-4000:]
    finally:
        cluster.run("scontrol", "update", f"node={node}", "state=resume")
    assert (study / MODEL / "weights.safetensors").is_file()
    assert f"BatchHost={node}" not in cluster.check("scontrol", "show", "job", job["id"])


def test_a_cancelled_job_is_named_with_its_log_and_results_stay(cluster, study):
    kept = (study / RESULTS / "models/sf/seed0/weights.safetensors").read_bytes()
    run = train(cluster, study, "--retries=0")
    cluster.check("scancel", run.job_in_training(study)["id"])
    assert run.wait() == 1
    assert "Error in rule train_model" in run.output
    assert str(LOG) in run.output
    assert (study / RESULTS / "models/sf/seed0/weights.safetensors").read_bytes() == kept
    assert not (study / MODEL / "weights.safetensors").exists()


def test_a_preempted_job_is_queued_again_and_completes(cluster, study):
    run = train(cluster, study, "--set-resources", "train_model:slurm_partition=low")
    job = run.job_in_training(study)
    pushing = ["sbatch", "--partition=main", "--nodes=2", "--exclusive", "--output=/dev/null"]
    cluster.check(*pushing, "--wrap=sleep 3")
    assert run.wait() == 0, run.output[-4000:]
    assert "Restarts=1" in cluster.check("scontrol", "show", "job", job["id"])


def test_a_job_over_its_memory_is_started_again_with_more(cluster, study):
    run = train(cluster, study, "--set-resources", "train_model:mem_mb=100 + (attempt - 1) * 2000")
    assert run.wait() == 0, run.output[-4000:]
    assert "Error in rule train_model" in run.output
    assert str(LOG) in run.output
    assert re.search("Trying to restart job", run.output)


def test_the_generic_profile_completes_a_job(cluster, study):
    (study / RESULTS / "tables/training.csv").unlink(missing_ok=True)
    target = str(RESULTS / "tables/training.csv")
    run = Run(cluster, study, "--max-threads=2", "--latency-wait=5", "--", target, profile="generic")
    assert run.wait() == 0, run.output[-4000:]
    assert (study / target).is_file()


def test_stopping_leaves_no_process(tmp_path):
    folder = tmp_path / "other"
    with SlurmCluster(folder) as other:
        other.check("sbatch", "--output=/dev/null", "--wrap=sleep 300")
        assert _processes_of(folder)
    assert _processes_of(folder) == []


def _processes_of(folder: Path) -> list[str]:
    """Processes with a cluster's configuration mounted: all that run in its namespace."""
    found = []
    for mounts in Path("/proc").glob("[0-9]*/mountinfo"):
        try:
            if f"{folder} /etc/slurm" in mounts.read_text():
                found.append(mounts.parent.name)
        except OSError:  # ended meanwhile
            continue
    return found
