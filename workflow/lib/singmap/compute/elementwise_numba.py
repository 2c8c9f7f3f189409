"""The compiled loops of singmap.compute.elementwise, which says how they run and what they compute.

Each is called by all threads at once with one array of addresses: of [numbers taken, numbers in all] (int64),
of the constants (float32), and of every tensor. Threads take blocks until none is left. bfloat16 is handled
as its 16 bits, the upper half of a float32. Importing this module compiles, unless Numba's cache has it; each
loop is written out because Numba caches none that takes a function as an argument.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import carray, cfunc, njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

BLOCK_NUMBERS = 1 << 16
FLOAT, BFLOAT = np.float32, np.uint16
LOOP = types.void(types.CPointer(types.voidptr))

Addresses = Any  # in Numba's terms CPointer(voidptr), which no type of Python describes
Block = tuple[int, int]  # of numbers: the first, and the one after the last
Floats = NDArray[np.float32]
Bfloats = NDArray[np.uint16]


def compiled(loop: Callable[[Addresses], None]) -> Any:
    """Compile a loop for the pool; anew each time where no folder for a cache can be written."""
    try:
        return cfunc(LOOP, cache=True)(loop)
    except RuntimeError:
        return cfunc(LOOP)(loop)


@intrinsic
def _fetch_and_add(_: Any, address: Any, number: Any) -> Any:
    """Add to the integer at an address and return what was there, for one thread at a time."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer, value = arguments
        pointer = builder.bitcast(pointer, value.type.as_pointer())
        # The weakest order is enough: threads share this counter only, and the pool joins them at the end.
        return builder.atomic_rmw("add", pointer, value, "monotonic")

    return types.int64(types.voidptr, types.int64), generate


@njit
def _next_block(job: Addresses) -> Block:
    """First number of a block that no thread has taken yet, and the one after its last; equal at the end."""
    size = carray(job[0], 2, np.int64)[1]
    start = min(_fetch_and_add(job[0], BLOCK_NUMBERS), size)
    return start, min(start + BLOCK_NUMBERS, size)


@njit
def _part(job: Addresses, index: int, block: Block, number_format: Any) -> Any:
    """A block of the tensor with this index."""
    return carray(job[2 + index], block[1], number_format)[block[0] :]


@njit
def _widened(bits: np.uint16) -> np.float32:
    """bfloat16 to float32."""
    return np.uint32(np.uint32(bits) << np.uint32(16)).view(np.float32)


@njit
def _narrowed(number: np.float32) -> np.uint16:
    """float32 to bfloat16, to the nearest, halves to even."""
    # Adding just under half of the last kept bit carries into it when the rest is above a half; the last kept
    # bit itself, added too, lets a half carry only from odd to even. Arithmetic's own NaN stays NaN.
    bits = np.float32(number).view(np.uint32)
    odd = np.uint32(np.uint32(bits >> np.uint32(16)) & np.uint32(1))
    return np.uint16(np.uint32(bits + np.uint32(0x7FFF) + odd) >> np.uint32(16))


@njit(error_model="numpy")  # Python's model checks each division for zero, which keeps the loop from SIMD
def _adam_block(
    weight: Floats,
    gradient: Bfloats,
    first: Floats,
    second: Floats,
    copy: Bfloats,
    has_copy: bool,
    rates: tuple[float, ...],
) -> None:
    step, keep_first, take_first, keep_second, take_second, scale, epsilon = rates
    for i in range(len(weight)):
        slope = _widened(gradient[i])
        m = keep_first * first[i] + take_first * slope
        v = keep_second * second[i] + take_second * slope * slope
        w = weight[i] - step * m / (np.sqrt(v) * scale + epsilon)
        first[i], second[i], weight[i] = m, v, w
        if has_copy:
            copy[i] = _narrowed(w)


@njit
def _gate_block(z: Floats, weight: Floats, gates: Floats, gated: Floats) -> None:
    for i in range(len(z)):
        gates[i] = np.float32(0) if z[i] <= 0 else weight[i]
        gated[i] = z[i] * gates[i]


@njit
def _narrow_gate_block(z: Floats, weight: Floats, gates: Bfloats, gated: Floats) -> None:
    for i in range(len(z)):
        chosen = np.float32(0) if z[i] <= 0 else weight[i]
        gates[i] = _narrowed(chosen)
        gated[i] = z[i] * chosen


@njit
def _follow_block(target: Floats, follower: Floats, step: Bfloats) -> None:
    for i in range(len(target)):
        narrow = _narrowed(target[i] - follower[i])
        step[i] = narrow
        follower[i] += _widened(narrow)


@njit
def _add_block(total: Floats, part: Bfloats) -> None:
    for i in range(len(total)):
        total[i] += _widened(part[i])


@compiled
def adam(job: Addresses) -> None:
    numbers = carray(job[1], 8, np.float32)
    rates = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6])
    block = _next_block(job)
    while block[0] < block[1]:
        weight, gradient = _part(job, 0, block, FLOAT), _part(job, 1, block, BFLOAT)
        first, second = _part(job, 2, block, FLOAT), _part(job, 3, block, FLOAT)
        _adam_block(weight, gradient, first, second, _part(job, 4, block, BFLOAT), numbers[7] != 0, rates)
        block = _next_block(job)


@compiled
def gate(job: Addresses) -> None:
    block = _next_block(job)
    while block[0] < block[1]:
        z, weight = _part(job, 0, block, FLOAT), _part(job, 1, block, FLOAT)
        _gate_block(z, weight, _part(job, 2, block, FLOAT), _part(job, 3, block, FLOAT))
        block = _next_block(job)


@compiled
def narrow_gate(job: Addresses) -> None:
    block = _next_block(job)
    while block[0] < block[1]:
        z, weight = _part(job, 0, block, FLOAT), _part(job, 1, block, FLOAT)
        _narrow_gate_block(z, weight, _part(job, 2, block, BFLOAT), _part(job, 3, block, FLOAT))
        block = _next_block(job)


@compiled
def follow(job: Addresses) -> None:
    block = _next_block(job)
    while block[0] < block[1]:
        target, follower = _part(job, 0, block, FLOAT), _part(job, 1, block, FLOAT)
        _follow_block(target, follower, _part(job, 2, block, BFLOAT))
        block = _next_block(job)


@compiled
def add(job: Addresses) -> None:
    block = _next_block(job)
    while block[0] < block[1]:
        _add_block(_part(job, 0, block, FLOAT), _part(job, 1, block, BFLOAT))
        block = _next_block(job)
