"""Where models train and are examined: the choice of the device and of the number format on it."""

import contextlib
from collections.abc import Iterator

import torch

from singmap.runtime.errors import InputError
from singmap.runtime.gpu_slots import claim_device, granted_by_scheduler

PRECISIONS = ("float32", "tf32", "bfloat16", "auto")


def choose_device(requested: str, gpu_slots: int) -> torch.device:
    """Pick the device of a job.

    Parameters
    ----------
    requested : ``auto`` (a GPU where there is one), ``cpu`` or ``cuda``
    gpu_slots : GPUs that the scheduler granted this job; 0 keeps ``auto`` on the CPU

    A GPU belongs to this process until it ends; while others hold all of them, this waits.
    Raises InputError when a GPU is asked for and absent, or asked for and not granted.
    """
    if requested not in ("auto", "cpu", "cuda"):
        raise InputError("device", "auto, cpu or cuda", repr(requested))
    if requested == "cpu" or (requested == "auto" and not (gpu_slots and torch.cuda.is_available())):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise InputError("device", "a CUDA device", "none", "set `device: auto` or `device: cpu`")
    if not gpu_slots:
        raise InputError("device", "a GPU slot for `device: cuda`", "gpu=0", "run with --resources gpu=1")
    return _claimed_gpu()


def _claimed_gpu() -> torch.device:
    """Claim one of the visible GPUs for this process, unless it was granted, and make it CUDA's default."""
    if granted_by_scheduler():
        number = 0  # the first of those that the scheduler lets us see
    else:
        properties = map(torch.cuda.get_device_properties, range(torch.cuda.device_count()))
        number = claim_device([str(each.uuid) for each in properties])
    device = torch.device("cuda", number)
    torch.cuda.set_device(device)
    return device


def choose_precision(
    requested: str,
    device: torch.device,
    key: str = "training.precision",
    names: tuple[str, ...] = PRECISIONS,
) -> torch.dtype:
    """Number format of matrix products: ``auto`` takes bfloat16 where the hardware multiplies it.

    Software bfloat16 is some hundred times slower than float32. ``tf32`` is float32 whose products use TF32
    on a GPU; this function switches that on and off. So do the few float32 products beside those in bfloat16
    (NCA's loss): TF32 has three bits more than bfloat16; `full_float32` excepts what has to be exact. Raises
    InputError, which names the configuration's `key`, for what is not among `names`, and for tf32 without a
    GPU.
    """
    if requested not in names:
        raise InputError(key, f"one of {', '.join(names)}", repr(requested))
    if requested == "tf32" and device.type != "cuda":
        raise InputError(key, "a GPU for tf32", str(device), "choose float32 or auto")
    if requested == "auto":
        requested = "bfloat16" if has_bfloat16_products(device) else "float32"
    torch.backends.cuda.matmul.allow_tf32 = requested in ("tf32", "bfloat16")
    # Sums of long products in bfloat16 would lose what their float32 accumulators hold.
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    return {"float64": torch.float64, "bfloat16": torch.bfloat16}.get(requested, torch.float32)


def has_bfloat16_products(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 in hardware (AVX-512 BF16, AMX, or CUDA from Ampere on)."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16"))


@contextlib.contextmanager
def full_float32() -> Iterator[None]:
    """Multiply float32 as such meanwhile, whatever precision was chosen."""
    tf32 = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = tf32


@contextlib.contextmanager
def memory_advice(where: str, remedy: str) -> Iterator[None]:
    """Turn running out of memory, of the machine or of a GPU, into an InputError that says what to lower."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise InputError(where, "enough memory", str(error).split("\n")[0], remedy) from error
    except RuntimeError as error:
        if "DefaultCPUAllocator" not in str(error):  # the only sign that torch gives on the CPU
            raise
        raise InputError(where, "enough memory", str(error).split("\n")[0], remedy) from error
