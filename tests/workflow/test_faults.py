"""Kills, damage, full disks and rivals: detected, named, and mended by one plain start."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.workflow.running import run_snakemake, start_snakemake

RESULTS = Path("results/tiny")
HOLD = """
import sys, time
from singmap.runtime.locks import claim_results
claim_results(sys.argv[1])
print("held", flush=True)
time.sleep(600)
"""
KILLS = 20


@pytest.fixture
def study(finished_run, tmp_path):
    """A copy of the finished study that a test may damage."""
    return shutil.copytree(finished_run, tmp_path / "study", symlinks=True)


def damage(path: Path, change) -> None:
    """Change the bytes of a file but not its time, as a failing disk does."""
    status = path.stat()
    path.write_bytes(change(path.read_bytes()))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def heard_track(study: Path) -> str:
    """Id of the test track that the excerpts are cut from."""
    return min(path.name for path in (study / RESULTS / "excerpts/truth").iterdir() if path.is_dir())


def tables(directory: Path) -> dict[str, bytes]:
    """Contents of every table of a study: scores, structure, training, statistics, training histories."""
    patterns = ("*.csv", "scores/*/*.parquet", "museval/**/*.json")
    found = [path for pattern in patterns for path in (directory / RESULTS).rglob(pattern)]
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in found
        if "unfinished" not in path.parts and path.name != "history.csv"
    }


# Damaged file, how, and an output whose making reads it. In one group no output needs another.
DAMAGE = [
    {
        "CSV for Parquet": (
            "scores/irm/frames.parquet",
            lambda content: b"a,b\n1,2\n",
            "tables/scores.csv",
        ),
        "empty table": ("models/sf/seed0/history.csv", lambda content: b"", "figures/loss_curves.svg"),
        "truncated mapping": ("mappings/dae/seed0/nca.npy", half, "figures/mappings_full.png"),
        "truncated audio": ("excerpts/irm/{track}/vocals.wav", half, "excerpts/index.csv"),
    },
    {
        "truncated array": ("spectra/train/target.npy", half, "models/mdae/seed0/weights.safetensors"),
        "truncated checkpoint": (
            "models/dae/seed0/weights.safetensors",
            half,
            "scores/dae_seed0/frames.parquet",
        ),
        "other audio": (
            "audio/test/tracks/{track}/vocals.wav",
            lambda content: content[:-800] + bytes(800),
            "scores/ibm/frames.parquet",
        ),
        "bad JSON": ("models/sf/seed0/provenance.json", half, "mappings/sf/seed0/nca.npy"),
    },
]


@pytest.mark.long
def test_damaged_intermediates_are_named_refused_and_rebuilt_as_the_message_says(study):
    """Each kind of file is damaged behind Snakemake's back: a run names it, and what it advises mends it."""
    intact = tables(study)
    track = heard_track(study)
    for group in DAMAGE:
        paths = [RESULTS / path.format(track=track) for path, _, _ in group.values()]
        outputs = [RESULTS / output for _, _, output in group.values()]
        for path, (_, change, _) in zip(paths, group.values(), strict=True):
            damage(study / path, change)
        for output in outputs:
            remove(study / output)
        arguments = ["--cores=2", "--rerun-triggers=mtime", "--", *map(str, outputs)]
        refused = run_snakemake(study, *arguments)
        assert refused.returncode == 1
        assert [str(path) for path in paths if f"Error: {path}" not in refused.stderr] == []
        assert [str(output) for output in outputs if (study / output).exists()] == []
        done = refused
        for _ in paths:  # as a user would: one message after the other
            done = run_snakemake(study, *advised(done.stderr))
            if done.returncode == 0:
                break
        assert done.returncode == 0, done.stderr[-4000:]
    assert tables(study) == intact


def test_a_failed_job_ends_in_one_line_and_a_finished_run_says_what_it_found(study):
    """A damaged table stops the page: one line says why, no traceback; mended, the verdicts are told."""
    page, table = study / RESULTS / "report/study.html", study / RESULTS / "tables/audit.csv"
    content = table.read_bytes()
    page.unlink()
    (page.parent / "summary.html").unlink()  # which Snakemake's report would show
    unfinished = run_snakemake(study, "--report", str(study / "report.zip"))
    assert "finish the study first" in unfinished.stderr.splitlines()[-1]
    damage(table, lambda content: b"")
    failed = run_snakemake(study, "--rerun-triggers=mtime")
    assert failed.returncode == 1
    assert len(re.findall("^Error: ", failed.stderr, re.MULTILINE)) == 1
    assert "1 job failed: render_page (" in failed.stderr
    for noise in ("Traceback", "RuleException", "CalledProcessError", "WorkflowError", "    input: "):
        assert noise not in failed.stderr
    damage(table, lambda _: content)
    finished = run_snakemake(study, "--rerun-triggers=mtime")
    assert finished.returncode == 0, finished.stderr[-4000:]
    told = finished.stderr[finished.stderr.index("This is the demo") :]
    assert "no evidence" in told
    assert "not testable (too few seeds: 1, needs 3): E0-dae" in told
    assert "supported" not in told
    assert str(RESULTS / "report/study.html") in told


def advised(errors: str) -> list[str]:
    """The options that the first error message gives, as a shell would read them."""
    advice = re.search(r"^Error: .*; run snakemake again with (.+) \(log: ", errors, re.MULTILINE)
    assert advice, errors[-4000:]
    return shlex.split(advice[1])


def test_a_second_run_at_the_same_time_is_refused_and_harms_nothing(study):
    (study / RESULTS / "tables/training.csv").unlink()
    command = [sys.executable, "-c", HOLD, str(study / RESULTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        refused = run_snakemake(study)
        holder.kill()
    assert refused.returncode == 1
    assert f"expected one run at a time, found another one at work (process {holder.pid}" in refused.stderr
    assert not (study / RESULTS / "tables/training.csv").exists()


@pytest.fixture
def small_disk(study):
    """The study's results on a small file system of their own; yields a function that resizes it."""
    results = study / RESULTS
    kept = results.rename(study / "kept")
    results.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", results], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"mounting a small file system needs root: {mounted.stderr.decode().strip()}")
    shutil.copytree(kept, results, dirs_exist_ok=True, symlinks=True)

    def remount(options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", results], check=True)

    yield remount
    subprocess.run(["umount", results], check=True)


def test_results_that_cannot_be_written_are_named_before_any_job(study, small_disk):
    page = study / RESULTS / "report"
    remove(page / "study.html")
    small_disk("ro")
    refused = run_snakemake(study)  # of outputs that are left Snakemake tells before any check of ours
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith(f"Error: {RESULTS / 'report/summary.html'}, ")
    assert "expected files to write anew, found them write-protected" in refused.stderr
    assert "Traceback" not in refused.stderr
    small_disk("rw")
    for name in ("summary.html", "files"):
        remove(page / name)
    small_disk("ro")
    refused = run_snakemake(study)
    assert refused.returncode == 1
    assert "results/tiny: expected a folder to write results to" in refused.stderr
    assert "Read-only file system" in refused.stderr
    assert "Traceback" not in refused.stderr


# One output of each stage that takes more than the few kB that are left.
STAGES = [
    "audio/test/tracks",
    "spectra/train/mixture.npy",
    "models/dae/seed0/weights.safetensors",
    "mappings/sf/seed0/nca.npy",
    "excerpts/mdae_seed0",
    "excerpts/irm",
    "museval",
    "structure/sf_seed0.csv",
    "excerpts/truth",
    "figures/mappings_full.png",
    "report/study.html",
]


@pytest.mark.long
def test_a_full_disk_is_named_in_each_stage_and_room_mends_it(study, small_disk):
    intact = tables(study)
    for stage in STAGES:
        output = RESULTS / stage
        remove(study / output)
        full = study / RESULTS / "filler"
        _fill(full, leave=24 * 1024)
        failed = run_snakemake(study, "--cores=2", "--rerun-triggers=mtime", "--", str(output))
        assert failed.returncode == 1, f"{stage} fitted into a full disk"
        assert re.search("expected .* disk|No space left on device", failed.stderr), failed.stderr[-3000:]
        assert not (study / output).exists()
        assert not list((study / RESULTS).rglob(".part-*"))
        full.unlink()
        mended = run_snakemake(study, "--cores=2", "--rerun-triggers=mtime", "--", str(output))
        assert mended.returncode == 0, mended.stderr[-4000:]
    assert run_snakemake(study).returncode == 0
    assert tables(study) == intact


def _fill(path: Path, leave: int) -> None:
    """Write a file that leaves `leave` bytes free on its file system."""
    status = os.statvfs(path.parent)
    with path.open("wb") as handle:
        os.posix_fallocate(handle.fileno(), 0, status.f_bavail * status.f_frsize - leave)


@pytest.mark.long
def test_random_kills_over_a_whole_run_lose_nothing(finished_run, tmp_path):
    """Main process and single jobs are killed at random; in the end one plain start completes the study."""
    moments = np.random.default_rng(7)
    longest_s = work_s(finished_run) / 12
    killed = {"main": 0, "job": 0}
    while sum(killed.values()) < KILLS:
        process = start_snakemake(tmp_path)
        while process.poll() is None and sum(killed.values()) < KILLS:
            time.sleep(moments.uniform(0, longest_s))
            _kill(process, moments, killed)
        process.kill()
        if process.wait() == 0:  # it outran the kills: once more from the start
            shutil.rmtree(tmp_path / RESULTS)
    print(f"\nkilled {killed}")
    assert min(killed.values()) > 0
    done = run_snakemake(tmp_path)
    assert done.returncode == 0, done.stderr[-4000:]
    assert tables(tmp_path) == tables(finished_run)


def work_s(study: Path) -> float:
    """Wall time that all jobs of a study took one after another, by their benchmark files."""
    files = (study / RESULTS / "benchmarks").rglob("*.tsv")
    return sum(float(path.read_text().splitlines()[1].split("\t")[0]) for path in files)


def _kill(process: subprocess.Popen, moments: np.random.Generator, killed: dict[str, int]) -> None:
    """Kill Snakemake, or one of the jobs that it has started, without warning."""
    children = Path(f"/proc/{process.pid}/task").glob("*/children")
    try:
        jobs = [int(pid) for path in children for pid in path.read_text().split()]
        victim, kind = (
            (int(moments.choice(jobs)), "job") if jobs and moments.random() < 0.6 else (process.pid, "main")
        )
        os.kill(victim, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        return  # it ended by itself
    killed[kind] += 1
