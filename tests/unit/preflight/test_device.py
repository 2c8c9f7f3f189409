"""A missing GPU and a limit on memory are known before any job."""

import resource
import subprocess
import sys

import pytest

from singmap.preflight import device
from singmap.preflight.device import LEAST_ADDRESS_SPACE_BYTES, check_memory_limit, device_problems, has_cuda
from singmap.preflight.plan import Plan
from singmap.runtime.errors import InputError

GPU_RULES = frozenset({"train_model", "map_model"})


def problems(settings, rules=("train_model", "map_model"), **facts) -> list[str]:
    plan = Plan({rule: [{}] for rule in rules}, GPU_RULES, **{"gpu_slots": 1} | facts)
    return [f"{error.where}: {error.found}" for error in device_problems(settings, plan)]


@pytest.fixture
def machine(monkeypatch):
    """A function that gives this machine a GPU or takes it."""

    def give(gpu: bool, cuda: bool | None = None) -> None:
        monkeypatch.setattr(device, "gpu_present", lambda: gpu)
        monkeypatch.setattr(device, "has_cuda", lambda: gpu if cuda is None else cuda)

    return give


def test_cuda_needs_a_gpu_that_pytorch_finds_and_a_slot(settings, machine):
    settings["device"] = "cuda"
    machine(gpu=False)
    assert problems(settings) == ["device: none"]
    machine(gpu=True, cuda=False)
    assert problems(settings) == ["device: none"]
    machine(gpu=True)
    assert problems(settings) == []
    assert problems(settings, gpu_slots=0) == ["device: gpu=0"]


def test_jobs_that_compute_elsewhere_or_nothing_ask_for_no_gpu(settings, machine):
    settings["device"] = "cuda"
    machine(gpu=False)
    assert problems(settings, is_local=False) == []
    assert problems(settings, rules=("score_system",)) == []


@pytest.mark.parametrize("chosen", ["auto", "cpu"])
def test_without_cuda_in_the_settings_no_gpu_is_needed_but_for_tf32(settings, machine, chosen):
    settings["device"] = chosen
    machine(gpu=False)
    assert problems(settings) == []
    settings["training"]["precision"] = settings["mapping"]["precision"] = "tf32"
    assert problems(settings) == ["training.precision: none", "mapping.precision: none"]
    assert problems(settings, rules=("map_model",)) == ["mapping.precision: none"]
    machine(gpu=True)
    assert len(problems(settings)) == (0 if chosen == "auto" else 2)
    assert len(problems(settings, gpu_slots=0)) == 2


@pytest.mark.parametrize(("status", "found"), [(0, True), (1, False)])
def test_pytorch_is_asked_in_a_process_of_its_own(monkeypatch, status, found):
    asked = []

    def answer(command, **_):
        asked.append(command)
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(subprocess, "run", answer)
    monkeypatch.setattr(device, "gpu_present", lambda: False)
    assert (has_cuda(), asked) == (False, [])
    monkeypatch.setattr(device, "gpu_present", lambda: True)
    assert has_cuda() is found
    assert asked[0][:2] == [sys.executable, "-c"]


@pytest.mark.parametrize("name", ["RLIMIT_AS", "RLIMIT_DATA"])
def test_a_limit_on_memory_in_which_imports_hang_is_refused(monkeypatch, name):
    limits = {getattr(resource, name): (LEAST_ADDRESS_SPACE_BYTES - 1, resource.RLIM_INFINITY)}
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda number: limits.get(number, unlimited))
    with pytest.raises(
        InputError, match=r"memory limit \(ulimit -[vd]\): expected none, or at least 2000000 kB"
    ):
        check_memory_limit()
    limits.update(dict.fromkeys(limits, (LEAST_ADDRESS_SPACE_BYTES, 0)))
    check_memory_limit()
