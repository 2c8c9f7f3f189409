"""Which device and number format a job gets, how cards are shared, and advice when memory runs out."""

import fcntl
import os

import pytest
import torch

from singmap.compute import device
from singmap.compute.device import choose_device, choose_precision, full_float32, memory_advice
from singmap.compute.precision import work_format
from singmap.runtime import gpu_slots
from singmap.runtime.errors import InputError

CPU = torch.device("cpu")


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture
def one_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(device, "_claimed_gpu", lambda: torch.device("cuda", 0))


@pytest.mark.parametrize("requested", ["auto", "cpu"])
def test_without_a_gpu_auto_falls_back(no_gpu, requested):
    assert choose_device(requested, gpu_slots=1) == CPU


def test_a_gpu_asked_for_and_absent_is_an_error(no_gpu):
    with pytest.raises(InputError, match="a CUDA device, found none; set `device: auto`"):
        choose_device("cuda", gpu_slots=1)


@pytest.mark.parametrize(
    ("requested", "slots", "expected"), [("auto", 1, "cuda"), ("auto", 0, "cpu"), ("cpu", 1, "cpu")]
)
def test_with_a_gpu_the_granted_slots_decide(one_gpu, requested, slots, expected):
    assert choose_device(requested, slots).type == expected


def test_a_gpu_that_was_not_granted_is_an_error(one_gpu):
    with pytest.raises(InputError, match="--resources gpu=1"):
        choose_device("cuda", gpu_slots=0)


def test_each_job_claims_a_card_of_its_own(fake_gpu, tmp_path, monkeypatch):
    """The lock bears the card's UUID: an index means another card under another CUDA_VISIBLE_DEVICES."""
    monkeypatch.setattr(gpu_slots, "_claimed", {})
    monkeypatch.setattr(gpu_slots, "private_folder", lambda name, folder: tmp_path)
    assert choose_device("auto", gpu_slots=1) == torch.device("cuda", 0)
    assert (tmp_path / "GPU-0.lock").exists()
    os.close(gpu_slots._claimed["GPU-0"])


@pytest.mark.parametrize(
    ("environment", "waits"),
    [
        ({gpu_slots.GRANTED: "1", "CUDA_VISIBLE_DEVICES": "MIG-7"}, False),
        ({gpu_slots.GRANTED: "1"}, True),  # nobody said which card
        ({"CUDA_VISIBLE_DEVICES": "0", "SLURM_JOB_ID": "7"}, True),  # local jobs in one allocation
    ],
)
def test_a_card_that_a_scheduler_granted_needs_no_lock(fake_gpu, tmp_path, monkeypatch, environment, waits):
    """Another job of ours, on the same card, holds the lock."""
    for name in (gpu_slots.GRANTED, "CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    taken = os.open(tmp_path / "GPU-0.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(taken, fcntl.LOCK_EX)
    monkeypatch.setattr(gpu_slots, "_claimed", {})
    monkeypatch.setattr(gpu_slots, "private_folder", lambda name, folder: tmp_path)
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        os.close(taken)

    monkeypatch.setattr(gpu_slots.time, "sleep", sleep)
    assert choose_device("auto", gpu_slots=1) == torch.device("cuda", 0)
    assert bool(waited) is waits
    os.close(gpu_slots._claimed["GPU-0"] if waits else taken)


@pytest.mark.parametrize(("capability", "capable"), [((7, 5), False), ((8, 0), True), ((9, 0), True)])
def test_cards_multiply_bfloat16_from_ampere_on(fake_gpu, capability, capable):
    fake_gpu.capability = capability
    chosen = choose_precision("auto", torch.device("cuda"))
    assert chosen == (torch.bfloat16 if capable else torch.float32)


def test_too_much_for_a_card_names_the_setting(fake_gpu):
    fake_gpu.free_bytes = 1000
    with (
        pytest.raises(InputError, match=r"CUDA out of memory.*lower training\.batch_frames"),
        memory_advice("train_model", "lower training.batch_frames"),
    ):
        torch.zeros(1000, device="cuda")


def test_unknown_names_are_errors():
    with pytest.raises(InputError, match="auto, cpu or cuda"):
        choose_device("gpu", gpu_slots=1)
    with pytest.raises(InputError, match="float32, tf32, bfloat16, auto"):
        choose_precision("float16", CPU)
    with pytest.raises(InputError, match="a GPU for tf32"):
        choose_precision("tf32", CPU)


@pytest.mark.parametrize("capable", [True, False])
def test_auto_precision_follows_the_hardware(monkeypatch, capable):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": capable})
    assert choose_precision("auto", CPU) == (torch.bfloat16 if capable else torch.float32)
    assert choose_precision("bfloat16", CPU) == torch.bfloat16
    assert choose_precision("float32", CPU) == torch.float32


@pytest.mark.parametrize(
    ("precision", "tf32"), [("float64", False), ("float32", False), ("tf32", True), ("bfloat16", True)]
)
def test_float32_products_are_tf32_where_less_is_asked_for_and_exact_where_needed(fake_gpu, precision, tf32):
    matmul = torch.backends.cuda.matmul
    try:
        work_format(precision, torch.device("cuda"))
        assert matmul.allow_tf32 is tf32
        assert matmul.allow_bf16_reduced_precision_reduction is False
        with full_float32():
            assert matmul.allow_tf32 is False
        assert matmul.allow_tf32 is tf32
    finally:
        matmul.allow_tf32 = False


def test_running_out_of_memory_names_the_setting():
    with (
        pytest.raises(InputError, match=r"lower training\.resident_frames"),
        memory_advice("train_model", "lower training.resident_frames"),
    ):
        torch.empty(1 << 60, dtype=torch.uint8)
    with pytest.raises(InputError, match="lower it"), memory_advice("train_model", "lower it"):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")


def test_other_errors_pass_through():
    with pytest.raises(RuntimeError, match="shapes"), memory_advice("train_model", "lower it"):
        raise RuntimeError("shapes do not match")
