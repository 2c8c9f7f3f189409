import pytest
import torch

from singmap.compute import device
from singmap.compute.device import choose_device, choose_precision, memory_advice
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
