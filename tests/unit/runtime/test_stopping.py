"""SIGTERM reaches the jobs, and a handler that waits for a lock can't stop the process that it should end."""

import os
import signal
import subprocess
import sys

from singmap.runtime.parent_watch import children

BEGIN = """
import os, signal, subprocess, sys, threading, time
from singmap.runtime import parent_watch, stopping
parent_watch.announce()
"""
LOCKED = """
lock = threading.Lock()
handled = threading.Event()
def handler(*arguments):
    with lock:
        handled.set()
signal.signal(signal.SIGTERM, handler)
stopping.pass_on_sigterm()
stopping.pass_on_sigterm()
with lock:
    for _ in range(70_000):  # more than a pipe holds
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.2)
    print("free" if not handled.is_set() else "too early")
print(handled.wait(20))
"""
STUCK = """
stopping.LONGEST_END_S = stopping.POLL_S = 0.1
signal.signal(signal.SIGTERM, lambda *_: None)
stopping.pass_on_sigterm()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.6); print('child ended')"])
print("ready", flush=True)
threading.Thread(target=child.wait).start()
while True:
    time.sleep(1)
"""
JOB = """
import os, subprocess, time
from singmap.runtime.parent_watch import end_with_parent
from singmap.runtime.termination import termination_flag
with termination_flag() as asked:
    end_with_parent()
    print("at work", flush=True)
    while not asked.is_set:
        time.sleep(0.01)
print("saved", flush=True)
"""
LATE = "import time; time.sleep(0.3)\n" + JOB
ASKING = (
    BEGIN
    + """
signal.signal(signal.SIGTERM, lambda *_: None)
stopping.pass_on_sigterm()
early, late = (subprocess.Popen([sys.executable, "-c", job], stdout=subprocess.PIPE, text=True)
               for job in sys.argv[1:])
early.stdout.readline()
os.kill(os.getpid(), signal.SIGTERM)
print(early.communicate()[0], late.communicate()[0])
"""
)


def run(program: str, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_a_handler_that_needs_the_main_threads_lock_waits_beside_it():
    """Snakemake's own takes a lock: in the thread that holds it, it would wait for ever."""
    assert run(BEGIN + LOCKED).stdout.split() == ["free", "True"]


def test_jobs_at_work_and_jobs_just_starting_are_told():
    done = run(ASKING, JOB, LATE)
    assert done.stdout.split() == ["saved", "at", "work", "saved"]
    assert "Asked to stop: running jobs save their state and end" in done.stderr


def test_a_process_that_does_not_end_by_itself_is_ended_after_its_last_child():
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN + STUCK], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        told, remarks = process.communicate(timeout=60)
    assert (process.returncode, told) == (128 + signal.SIGTERM, "child ended\n")
    assert "does not end by itself though its jobs have" in remarks


def test_without_a_handler_signals_do_what_they_did():
    end = "stopping.pass_on_sigterm()\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(60)"
    assert run(BEGIN + end).returncode == -signal.SIGTERM


def test_children_are_those_that_a_process_started():
    with subprocess.Popen(["sleep", "60"]) as child:
        own, its = children(os.getpid()), children(child.pid)
        child.kill()
    assert (child.pid in own, its) == (True, [])
    assert child.pid not in children(os.getpid())
