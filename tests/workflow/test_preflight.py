"""What a run lacks is said before its first job: no old output has gone by then. A dry run warns of it."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from singmap.runtime.gpu_slots import gpu_present
from tests.workflow.running import ROOT, TINY, run_snakemake

# The study's own rules/common.smk, and a job that has trained already.
SNAKEFILE = """
include: "{root}/workflow/rules/common.smk"
include: "{root}/workflow/rules/history.smk"

rule train_model:
    output: "weights"
    params: device=CONFIG["device"]
    resources: gpu=gpus
    script: "train.py"
"""
FOUND = "this run: expected what its jobs need, found 1 problem before the first job:"
NO_GPU = "  device: expected a CUDA device, found none; set `device: auto` or `device: cpu`"


def snakemake(folder: Path, *arguments: str, memory_bytes: int | None = None) -> subprocess.CompletedProcess:
    """Run Snakemake in a folder, with so much address space."""

    def limit() -> None:
        if memory_bytes is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))

    command = [sys.executable, "-m", "snakemake", "--cores=1", *arguments]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=environment, preexec_fn=limit
    )


@pytest.fixture
def trained(tmp_path):
    """A folder whose weights were made on the CPU."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(root=ROOT))
    (tmp_path / "train.py").write_text("open(snakemake.output[0], 'w').write('weights')\n")
    assert snakemake(tmp_path, "--config", "device=cpu").returncode == 0
    return tmp_path


@pytest.mark.skipif(gpu_present(), reason="needs a machine without a GPU")
def test_weights_survive_a_run_that_asks_for_a_gpu_in_vain(trained):
    refused = snakemake(trained, "--config", "device=cuda")
    assert refused.returncode == 1
    assert f"{FOUND}\n{NO_GPU}\n" in refused.stderr
    assert (trained / "weights").read_text() == "weights"
    planned = snakemake(trained, "--dry-run", "--config", "device=cuda")
    assert planned.returncode == 0
    assert f"Warning: {FOUND}\n{NO_GPU}\n" in planned.stderr
    assert "train_model" in planned.stdout


def test_a_missing_data_set_is_named_before_any_job(tmp_path):
    config = {"dataset": {"name": "folder", "root": "gone"}}
    planned = run_snakemake(tmp_path, "--dry-run", config=config)
    refused = run_snakemake(tmp_path, config=config)
    assert (planned.returncode, refused.returncode) == (0, 1)
    for done in (planned, refused):
        assert f"dataset.root: expected an existing folder, found nothing at {tmp_path}/gone" in done.stderr
    assert "Making data set" not in refused.stderr
    assert not (tmp_path / TINY["results"]).exists()


def test_a_memory_limit_in_which_jobs_would_hang_is_refused_in_one_line(trained):
    refused = snakemake(trained, "--dry-run", memory_bytes=1_500_000_000)
    assert refused.returncode == 1
    expected = "memory limit (ulimit -v): expected none, or at least 2000000 kB, found 1464843 kB; raise it"
    assert expected in refused.stdout
    assert "Traceback" not in refused.stdout + refused.stderr
