"""Two jobs never share a device, and a killed job gives its device back."""

import os
import signal
import subprocess
import sys

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
