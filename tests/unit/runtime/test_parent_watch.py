"""A job ends with its Snakemake."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from singmap.runtime import parent_watch

JOB = (
    "import time; from singmap.runtime.parent_watch import end_with_parent; end_with_parent(); time.sleep(60)"
)
PARENT = f"""
import subprocess, sys
from singmap.runtime.parent_watch import announce
announce()
job = subprocess.Popen([sys.executable, "-c", {JOB!r}])
print(job.pid, flush=True)
job.wait()
"""


def is_running(pid: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ended(pid: int) -> bool:
    """Whether a process ends within 20 s."""
    deadline = time.monotonic() + 20
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_running(pid)


def start(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", *arguments], stdout=subprocess.PIPE, text=True)


def test_a_job_ends_when_its_parent_is_killed():
    with start(PARENT) as parent:
        job = int(parent.stdout.readline())
        assert is_running(job)
        parent.kill()
    assert ended(job)


@pytest.mark.parametrize("end", ["kill", "ask_to_stop"])
def test_what_a_job_has_started_ends_with_it(tmp_path, end):
    """A stand-in for ffmpeg, slow and deaf, that a shell starts; its job saves no state."""
    (tmp_path / "ffmpeg").write_text("#!/bin/bash\ntrap '' TERM INT HUP\nsleep 60 & echo $$ $!\nwait\n")
    (tmp_path / "ffmpeg").chmod(0o755)
    job = (
        "import subprocess; from singmap.runtime.parent_watch import end_with_parent; end_with_parent()\n"
        f"subprocess.run({str(tmp_path / 'ffmpeg')!r})"
    )
    parent = f"""
import subprocess, sys
from singmap.runtime import parent_watch
parent_watch.announce()
job = subprocess.Popen([sys.executable, "-c", {job!r}])
sys.stdin.readline()
parent_watch.ask_jobs_to_stop()
print(job.wait(), flush=True)
sys.stdin.readline()
"""
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        started = [int(pid) for pid in running.stdout.readline().split()]
        assert all(map(is_running, started))
        if end == "kill":
            running.kill()
        else:
            print(file=running.stdin, flush=True)
            assert running.stdout.readline() == f"{-signal.SIGTERM}\n"
        assert [pid for pid in started if not ended(pid)] == []
        running.kill()


def test_a_job_whose_parent_is_gone_before_it_starts_ends_at_once():
    with start("pass") as gone:
        pass
    environment = {**os.environ, parent_watch.PARENT_VARIABLE: str(gone.pid)}
    done = subprocess.run([sys.executable, "-c", JOB], env=environment)
    assert done.returncode == -signal.SIGKILL


def test_outside_of_snakemake_nothing_is_watched(monkeypatch):
    monkeypatch.delenv(parent_watch.PARENT_VARIABLE, raising=False)
    parent_watch.end_with_parent()
