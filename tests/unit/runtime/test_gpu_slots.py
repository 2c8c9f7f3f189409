"""Two jobs never share a device, and a killed job gives its device back."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from singmap.runtime import gpu_slots
from singmap.runtime.errors import InputError

HOLD = """
import sys, time
from pathlib import Path
from singmap.runtime.gpu_slots import claim_device
print(claim_device(sys.argv[2:], Path(sys.argv[1])), flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Start a process that claims one of the devices and then holds it; all are killed at the end."""
    started = []

    def start(*devices):
        command = [sys.executable, "-c", HOLD, str(tmp_path / "slots"), *devices]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def test_each_process_gets_a_device_of_its_own_and_a_third_waits(holder):
    first, second = holder("a", "b"), holder("a", "b")
    assert {first.stdout.readline(), second.stdout.readline()} == {"0\n", "1\n"}
    third = holder("a", "b")
    assert "Waiting for a GPU" in third.stderr.readline()
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert third.stdout.readline() in ("0\n", "1\n")


def test_the_same_device_under_another_index_is_still_taken(holder):
    assert holder("a").stdout.readline() == "0\n"
    assert holder("a", "b").stdout.readline() == "1\n"


def test_asking_twice_gives_the_same_device(tmp_path, monkeypatch):
    monkeypatch.setattr(gpu_slots, "_claimed", {})
    assert [gpu_slots.claim_device(["a", "b"], tmp_path) for _ in range(2)] == [0, 0]
    for descriptor in gpu_slots._claimed.values():
        os.close(descriptor)


def test_no_device_is_a_clear_error(tmp_path):
    with pytest.raises(InputError, match="gpu=0"):
        gpu_slots.claim_device([], tmp_path)


def test_a_folder_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "slots").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="a folder of this user"):
        gpu_slots.claim_device(["a"], tmp_path / "slots")


def test_a_waiting_job_says_so_once_and_takes_what_becomes_free(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gpu_slots, "_claimed", {})
    taken = {"a": os.open(tmp_path / "a.lock", os.O_RDWR | os.O_CREAT)}
    fcntl.flock(taken["a"], fcntl.LOCK_EX)
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            os.close(taken.pop("a"))

    monkeypatch.setattr(gpu_slots.time, "sleep", sleep)
    assert gpu_slots.claim_device(["a"], tmp_path) == 0
    assert waits == [gpu_slots.POLL_S] * 3
    assert capsys.readouterr().err.count("Waiting for a GPU: other jobs use all 1") == 1
    os.close(gpu_slots._claimed["a"])


@pytest.mark.parametrize(
    ("names", "present"), [([], False), (["null", "nvidia-caps"], False), (["nvidia0"], True)]
)
def test_a_gpu_is_seen_by_its_device_file(tmp_path, monkeypatch, names, present):
    for name in names:
        (tmp_path / name).touch()
    monkeypatch.setattr(gpu_slots, "Path", lambda path: tmp_path / Path(path).relative_to("/dev"))
    assert gpu_slots.gpu_present() is present
