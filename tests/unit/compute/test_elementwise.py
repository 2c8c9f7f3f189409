"""The fused elementwise kernels against their formulas, with and without numba, on any number of threads."""

import numpy as np
import pytest
import torch

from singmap.compute import elementwise
from singmap.compute.elementwise_numba import BLOCK_NUMBERS

LARGE = elementwise.LEAST_NUMBERS + BLOCK_NUMBERS // 2 + 3  # many blocks, the last one smaller
SPECIAL = [0.0, -0.0, 1.0, 1 + 2**-8, 1 + 3 * 2**-8, -3e38, 3.4e38, 1e-40, float("inf"), -float("inf")]
RATES = (1e-2, 0.9, 1 - 0.9, 0.999, 1 - 0.999, 1.7, 1e-8)


def draw(seed, special=False):
    values = torch.randn(LARGE, generator=torch.Generator().manual_seed(seed))
    if special:
        values[: len(SPECIAL)] = torch.tensor(SPECIAL)
    return values


def assert_same(found, expected):
    torch.testing.assert_close(found, expected, rtol=0, atol=0, equal_nan=True)


@pytest.fixture(params=["loops", "operators"])
def way(request, monkeypatch):
    """Both ways to do the work have to agree with the same definition."""
    if request.param == "operators":
        monkeypatch.setattr(elementwise, "LEAST_NUMBERS", 2 * LARGE)
    else:
        assert elementwise.serve(torch.zeros(LARGE))
    return request.param


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_gates_are_the_weights_of_open_relus(way, dtype):
    z, weight = draw(0, special=True), draw(1, special=True).roll(3)
    gates, gated = torch.empty(LARGE, dtype=dtype), torch.empty(LARGE)
    elementwise.gate(z, weight, gates, gated)
    opened = torch.where(z > 0, weight, 0)
    assert_same(gates, opened.to(dtype))
    assert_same(gated, z * opened)


def test_a_follower_gets_nearer_by_what_bfloat16_holds(way):
    target, follower = draw(0, special=True), draw(1)
    step, before = torch.empty(LARGE, dtype=torch.bfloat16), follower.clone()
    elementwise.follow(target, follower, step)
    assert_same(step, (target - before).bfloat16())
    assert_same(follower, before + step.float())


def test_a_bfloat16_part_is_added(way):
    total, part = draw(0, special=True), draw(1, special=True).roll(3).bfloat16()
    expected = total + part.float()
    elementwise.add(total, part)
    assert_same(total, expected)


@pytest.mark.parametrize("has_copy", [False, True])
def test_adam_is_its_definition(has_copy):
    step, b1, _, b2, _, scale, epsilon = RATES
    weight, gradient, first, second = draw(0), draw(1).bfloat16(), draw(2), draw(3).abs()
    copy = weight.bfloat16() if has_copy else weight
    g, m, v, w = (each.double() for each in (gradient, first, second, weight))
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    w = w - step * m / (v.sqrt() * scale + epsilon)
    elementwise.adam(weight, gradient, first, second, copy, RATES)
    for found, expected in ((first, m), (second, v), (weight, w)):
        torch.testing.assert_close(found.double(), expected, rtol=1e-6, atol=1e-6)
    assert torch.equal(copy, weight.to(copy.dtype))


def test_threads_change_no_bit():
    """Blocks go to whichever thread is free: the result must not show it."""

    def run(n_threads):
        torch.set_num_threads(n_threads)
        weight, first, second = draw(0), draw(1), draw(2).abs()
        gradient, copy = draw(3).bfloat16(), torch.empty(LARGE, dtype=torch.bfloat16)
        for _ in range(3):
            elementwise.adam(weight, gradient, first, second, copy, RATES)
        return weight, first, second, copy

    threads = torch.get_num_threads()
    try:
        runs = [run(n_threads) for n_threads in (1, 2, 4, 4)]
    finally:
        torch.set_num_threads(threads)
    for other in runs[1:]:
        for own, expected in zip(other, runs[0], strict=True):
            assert_same(own, expected)


def test_nan_stays_nan():
    z, weight = torch.full((LARGE,), float("nan")), torch.ones(LARGE)
    gates, gated = torch.empty(LARGE, dtype=torch.bfloat16), torch.empty(LARGE)
    elementwise.gate(z, weight, gates, gated)
    assert gated.isnan().all()
    weight[:] = float("nan")
    elementwise.gate(torch.ones(LARGE), weight, gates, gated)
    assert gates.isnan().all()


@pytest.mark.parametrize(
    "tensor",
    [torch.zeros(LARGE, dtype=torch.float64), torch.zeros(2 * LARGE)[::2], torch.zeros(10)],
    ids=["float64", "strided", "small"],
)
def test_other_tensors_are_left_to_pytorch(tensor):
    assert not elementwise.serve(tensor)


def test_tensors_of_other_sizes_and_formats_are_left_to_pytorch():
    """The loops read bare memory: what does not fit must not reach them."""
    assert not elementwise.serve(torch.zeros(LARGE), torch.zeros(LARGE + 1))
    total = torch.ones(2, LARGE)
    elementwise.add(total, torch.ones(LARGE, dtype=torch.bfloat16))
    assert torch.equal(total, torch.full((2, LARGE), 2.0))
    total = torch.ones(LARGE, dtype=torch.bfloat16)
    elementwise.add(total, torch.ones(LARGE, dtype=torch.bfloat16))
    assert torch.equal(total, torch.full((LARGE,), 2, dtype=torch.bfloat16))


def test_without_the_library_pytorch_does_the_work(monkeypatch):
    monkeypatch.setattr(elementwise, "POOL", "no_such_function")
    elementwise._pool.cache_clear()
    try:
        assert not elementwise.serve(torch.zeros(LARGE))
        total = torch.ones(LARGE)
        elementwise.add(total, torch.ones(LARGE, dtype=torch.bfloat16))
        assert np.all(total.numpy() == 2)
    finally:
        elementwise._pool.cache_clear()
