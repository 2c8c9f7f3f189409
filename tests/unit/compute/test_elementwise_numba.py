"""The compiled loops: bfloat16 as its bits, and blocks that are shared out completely and once."""

import ctypes
import subprocess
import sys

import numpy as np
import pytest
import torch

from singmap.compute import elementwise_numba
from singmap.compute.elementwise_numba import BLOCK_NUMBERS

STEP = 2.0**-7  # of bfloat16 above 1: seven bits are kept behind the leading one


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        (1.0, 1.0),
        (1 + STEP / 2, 1.0),  # halfway: to the even neighbour below
        (1 + 3 * STEP / 2, 1 + 2 * STEP),  # halfway: to the even neighbour above
        (1 + 0.51 * STEP, 1 + STEP),
        (-1 - 0.51 * STEP, -1 - STEP),
        (-0.0, -0.0),
        (float("inf"), float("inf")),
        (3.4e38, float("inf")),
    ],
)
def test_numbers_are_narrowed_to_the_nearest_halves_to_even(number, kept):
    narrow = elementwise_numba._narrowed(np.float32(number))
    found = elementwise_numba._widened(narrow)
    assert found == kept
    assert np.signbit(found) == np.signbit(kept)


def test_narrowing_and_widening_are_pytorch_s():
    scales = 10.0 ** torch.arange(-20, 20, 0.04)
    numbers = torch.randn(1000, generator=torch.Generator().manual_seed(0)) * scales
    narrow = numbers.bfloat16()
    bits = narrow.view(torch.int16).numpy().view(np.uint16)
    assert [elementwise_numba._narrowed(number) for number in numbers.numpy()] == bits.tolist()
    assert [elementwise_numba._widened(pattern) for pattern in bits] == narrow.float().tolist()


def call(loop, size: int, numbers: list[float], *tensors: torch.Tensor) -> int:
    """Run a loop in this thread alone; returns how many numbers it has taken."""
    state, constants = np.array([0, size], np.int64), np.array(numbers, np.float32)
    addresses = [state.ctypes.data, constants.ctypes.data, *(tensor.data_ptr() for tensor in tensors)]
    job = np.array(addresses, np.int64)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(loop.address)(job.ctypes.data)
    return int(state[0])


@pytest.mark.parametrize("size", [1, BLOCK_NUMBERS - 1, BLOCK_NUMBERS, 2 * BLOCK_NUMBERS + 3])
def test_every_number_is_taken_once_and_none_beyond_the_end(size):
    total = torch.zeros(size + 5)
    part = torch.ones(size + 5, dtype=torch.bfloat16)
    taken = call(elementwise_numba.add, size, [], total, part)
    assert torch.equal(total[:size], torch.ones(size))
    assert torch.equal(total[size:], torch.zeros(5))
    assert taken >= size


def test_a_job_whose_blocks_are_all_taken_changes_nothing():
    total, part = torch.zeros(10), torch.ones(10, dtype=torch.bfloat16)
    state, constants = np.array([10, 10], np.int64), np.zeros(1, np.float32)
    job = np.array([state.ctypes.data, constants.ctypes.data, total.data_ptr(), part.data_ptr()], np.int64)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(elementwise_numba.add.address)(job.ctypes.data)
    assert not total.any()


def test_loops_compile_where_no_cache_can_be_written(root):
    code = """
import numba.core.caching as caching
caching.CacheImpl._locator_classes = []
from singmap.compute import elementwise_numba
assert elementwise_numba.add.address
"""
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)
