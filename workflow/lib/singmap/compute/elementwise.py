"""Elementwise work in one pass over memory, where PyTorch's operators would need several.

The loops (elementwise_numba.py) are compiled by Numba, once for all processes of a machine, and run on the
threads of PyTorch's own operators, by the OpenMP library that PyTorch has loaded: a second pool would fight
with the first, whose threads spin while they wait. All is rounded as IEEE 754 says, number by number: how the
threads share the work changes no bit. Small tensors, other devices and formats are left to PyTorch's
operators.
"""

import ctypes
import functools
from collections.abc import Callable

import numpy as np
import torch

POOL = "GOMP_parallel"  # of GCC's OpenMP (libgomp_g.h); LLVM's has it as well
LEAST_NUMBERS = 1 << 20  # smaller tensors stay in the caches; loading the loops takes half a second
FLOAT, BFLOAT = torch.float32, torch.bfloat16
# The loop for each piece of work and its tensors' formats, which must fit: a loop reads bare memory.
LOOPS = {
    ("adam", FLOAT, BFLOAT, FLOAT, FLOAT, FLOAT): "adam",
    ("adam", FLOAT, BFLOAT, FLOAT, FLOAT, BFLOAT): "adam",
    ("gate", FLOAT, FLOAT, FLOAT, FLOAT): "gate",
    ("gate", FLOAT, FLOAT, BFLOAT, FLOAT): "narrow_gate",
    ("follow", FLOAT, FLOAT, BFLOAT): "follow",
    ("add", FLOAT, BFLOAT): "add",
}

Pool = Callable[[int, int, int, int], None]  # address of a function and of its argument, threads, flags
Rates = tuple[float, float, float, float, float, float, float]  # constants of a step, see `adam`


def serve(*tensors: torch.Tensor) -> bool:
    """Whether loops take these tensors: large, of one size, contiguous, float32 or bfloat16, on the CPU."""
    size = tensors[0].numel()
    fit = (
        each.device.type == "cpu"
        and each.dtype in (FLOAT, BFLOAT)
        and each.is_contiguous()
        and each.numel() == size
        for each in tensors
    )
    return size >= LEAST_NUMBERS and all(fit) and _pool() is not None


def adam(
    weight: torch.Tensor,
    gradient: torch.Tensor,
    first: torch.Tensor,
    second: torch.Tensor,
    copy: torch.Tensor,
    rates: Rates,
) -> None:
    """Make one step of Adam in place, of tensors that the loops serve.

    Parameters
    ----------
    weight, first, second : float32, with the moments m and v
    gradient : bfloat16
    copy : becomes the new weight in bfloat16; the weight itself where no copy is wanted
    rates : (learning rate / (1 - b1^t), b1, 1 - b1, b2, 1 - b2, 1 / sqrt(1 - b2^t), epsilon)
    """
    has_copy = copy.dtype == BFLOAT
    _run("adam", (*rates, has_copy), weight, gradient, first, second, copy)


def gate(z: torch.Tensor, weight: torch.Tensor, gates: torch.Tensor, gated: torch.Tensor) -> None:
    """Write the weight where z > 0, else 0, into `gates`, and z times that into `gated`.

    All of one shape; `gates` may be in bfloat16, all others are in one format.
    """
    if _has_loop("gate", z, weight, gates, gated):
        _run("gate", (), z, weight, gates, gated)
        return
    chosen = gates if gates.dtype == z.dtype else torch.empty_like(z)
    # The derivative of a ReLU is just this choice, in one pass. Like the loop it lets NaN through.
    torch.ops.aten.threshold_backward.grad_input(weight, z, 0, grad_input=chosen)
    torch.mul(z, chosen, out=gated)
    if chosen is not gates:
        gates.copy_(chosen)


def follow(target: torch.Tensor, follower: torch.Tensor, step: torch.Tensor) -> None:
    """Write what `follower` lacks to be `target` into `step`, rounded to its format, and add that to it."""
    if _has_loop("follow", target, follower, step):
        _run("follow", (), target, follower, step)
        return
    torch.sub(target, follower, out=step)
    follower += step


def add(total: torch.Tensor, part: torch.Tensor) -> None:
    """Add `part` to `total` in place."""
    if _has_loop("add", total, part):
        _run("add", (), total, part)
        return
    total += part


def _has_loop(work: str, *tensors: torch.Tensor) -> bool:
    return (work, *(each.dtype for each in tensors)) in LOOPS and serve(*tensors)


def _run(work: str, numbers: tuple[float, ...], *tensors: torch.Tensor) -> None:
    from singmap.compute import elementwise_numba  # takes half a second: only where it serves

    loop = getattr(elementwise_numba, LOOPS[work, *(each.dtype for each in tensors)])
    size = tensors[0].numel()
    state, values = np.array([0, size], np.int64), np.array(numbers, np.float32)
    # Bare addresses keep nothing alive: these three arrays must stay referenced until the threads are done.
    addresses = [state.ctypes.data, values.ctypes.data, *(tensor.data_ptr() for tensor in tensors)]
    job = np.array(addresses, np.int64)
    n_threads = min(torch.get_num_threads(), -(-size // elementwise_numba.BLOCK_NUMBERS))
    pool = _pool()
    assert pool is not None, "serve() lets nothing pass without one"
    pool(loop.address, job.ctypes.data, n_threads, 0)


@functools.cache
def _pool() -> Pool | None:
    """The function that runs another on PyTorch's threads; None where PyTorch brings no such library."""
    # None for a name: whatever this process has loaded, so that it is PyTorch's own copy, not a second one.
    function = getattr(ctypes.CDLL(None), POOL, None)
    if function is None:
        return None
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint]
    function.restype = None
    pool: Pool = function
    return pool
