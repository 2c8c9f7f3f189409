"""`--resources gpu=N` runs at most N GPU jobs at once, each on a device of its own; 0 means the CPU."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from singmap.configuration import merged
from tests.workflow.running import ROOT, TINY

# The study's own rules/common.smk decides on slots; jobs claim one of two devices that are only names.
SNAKEFILE = """
include: "{root}/workflow/rules/common.smk"
include: "{root}/workflow/rules/history.smk"

rule all:
    default_target: True
    input: expand("{{job}}.json", job=range(4))

rule work:
    output: "{{job}}.json"
    resources: gpu=1
    script: "work.py"
"""
SCRIPT = """
import json, time
from pathlib import Path
from singmap.runtime.gpu_slots import claim_device

slots = snakemake.resources.gpu
device = claim_device(["first", "second"], Path("slots")) if slots else None
start = time.time()
time.sleep(1)
Path(snakemake.output[0]).write_text(json.dumps({"device": device, "start": start, "end": time.time()}))
"""


def overlapping(jobs: list[dict]) -> int:
    """Largest number of jobs at work at one time."""
    return max(sum(job["start"] <= other["start"] < job["end"] for job in jobs) for other in jobs)


@pytest.mark.parametrize(
    ("arguments", "at_once", "devices"),
    [([], 1, {0}), (["--resources", "gpu=2"], 2, {0, 1}), (["--resources", "gpu=0"], 4, {None})],
    ids=["default", "gpu=2", "gpu=0"],
)
def test_slots_limit_gpu_jobs(tmp_path, arguments, at_once, devices):
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(root=ROOT))
    (tmp_path / "work.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "snakemake", "--cores=4", "--quiet=all", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    jobs = [json.loads(Path(tmp_path, f"{job}.json").read_text()) for job in range(4)]
    assert overlapping(jobs) <= at_once
    assert {job["device"] for job in jobs} <= devices
    for device in devices - {None}:
        assert overlapping([job for job in jobs if job["device"] == device] or jobs[:1]) == 1


def test_separation_leaves_the_gpu_to_others_but_for_models_of_ones_own(tmp_path):
    """A user's model may be of any size; ours take a fifth of the time of their scores on a CPU."""
    own = {"name": "mask", "file": str(ROOT / "examples/own_study/mask.py")}
    config = {"device": "cuda", "seeds": [0], "models": ["dae", own]}
    (tmp_path / "config.json").write_text(json.dumps(merged(TINY, config)))
    telling = "print('ASKED', *(system for system in SYSTEMS if gpus_to_separate([system])))"
    telling += "\nprint('DEVICES', separating_device(['dae_seed0', 'irm']), separating_device(SYSTEMS))"
    (tmp_path / "Snakefile").write_text(f'include: "{ROOT}/workflow/Snakefile"\n{telling}\n')
    command = [sys.executable, "-m", "snakemake", "--list-rules", "--configfile", "config.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "ASKED mask_seed0\nDEVICES cpu cuda\n" in done.stdout
