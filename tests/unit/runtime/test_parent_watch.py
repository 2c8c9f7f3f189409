"""A job ends with its Snakemake."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

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


def start(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", *arguments], stdout=subprocess.PIPE, text=True)


def test_a_job_ends_when_its_parent_is_killed():
    with start(PARENT) as parent:
        job = int(parent.stdout.readline())
        assert is_running(job)
        parent.kill()
    deadline = time.monotonic() + 20
    while is_running(job) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(job)


def test_a_job_whose_parent_is_gone_before_it_starts_ends_at_once():
    with start("pass") as gone:
        pass
    environment = {**os.environ, parent_watch.PARENT_VARIABLE: str(gone.pid)}
    done = subprocess.run([sys.executable, "-c", JOB], env=environment)
    assert done.returncode == -signal.SIGKILL


def test_outside_of_snakemake_nothing_is_watched(monkeypatch):
    monkeypatch.delenv(parent_watch.PARENT_VARIABLE, raising=False)
    parent_watch.end_with_parent()
