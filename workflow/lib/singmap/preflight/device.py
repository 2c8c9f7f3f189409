"""Whether this machine has the device and the memory that the configuration asks for."""

import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from singmap.preflight.plan import Plan
from singmap.runtime.errors import InputError
from singmap.runtime.gpu_slots import gpu_present

HAS_CUDA = "import sys, torch; sys.exit(not torch.cuda.is_available())"
# Address space that a job's imports take (0.8 GB with one thread), and some to work in.
LEAST_ADDRESS_SPACE_BYTES = 2_000_000_000
LIMITS = {"ulimit -v": resource.RLIMIT_AS, "ulimit -d": resource.RLIMIT_DATA}


def device_problems(settings: Mapping[str, Any], plan: Plan) -> Iterator[InputError]:
    """What is wrong with `device` and the precisions for the planned jobs; on a cluster the nodes decide."""
    rules = plan.gpu_rules & plan.jobs.keys()
    if not (rules and plan.is_local):
        return
    device = settings["device"]
    if device == "cuda" and plan.gpu_slots == 0:
        yield InputError("device", "a GPU slot for `device: cuda`", "gpu=0", "run with --resources gpu=1")
    elif device == "cuda" and not has_cuda():
        yield InputError("device", "a CUDA device", "none", "set `device: auto` or `device: cpu`")
    on_cpu = device == "cpu" or plan.gpu_slots == 0 or not gpu_present()
    for section, rule in (("training", "train_model"), ("mapping", "map_model")):
        if rule in rules and on_cpu and settings[section]["precision"] == "tf32":
            yield InputError(f"{section}.precision", "a GPU for tf32", "none", "choose float32 or auto")


def has_cuda() -> bool:
    """Whether PyTorch finds a GPU; asked in a process of its own, as its import takes seconds and memory."""
    command = [sys.executable, "-c", HAS_CUDA]
    return gpu_present() and subprocess.run(command, capture_output=True).returncode == 0


def check_memory_limit() -> None:
    """Raise InputError where a limit on address space is below what every job needs.

    Under such a limit OpenBLAS, which SciPy imports, asks for memory again and again for ever.
    """
    for name, number in LIMITS.items():
        limit, _ = resource.getrlimit(number)
        if limit != resource.RLIM_INFINITY and limit < LEAST_ADDRESS_SPACE_BYTES:
            raise InputError(
                f"memory limit ({name})",
                f"none, or at least {LEAST_ADDRESS_SPACE_BYTES // 1000} kB",
                f"{limit // 1024} kB",
                f"raise it: {name} unlimited",
            )
