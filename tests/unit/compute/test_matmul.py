"""Matrix products in every number format, and the product that is updated by small changes."""

import pytest
import torch

from singmap.compute.matmul import FixedFactor, TrackedProduct, product, product_each, product_into

TOLERANCE = {torch.float64: 1e-13, torch.float32: 1e-5, torch.bfloat16: 2e-2}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("without_onednn", [False, True])
def test_products_are_products(dtype, without_onednn, monkeypatch):
    if without_onednn:
        monkeypatch.setattr("singmap.compute.matmul.ONEDNN_LINEAR", "no_such_operator")
    generator = torch.Generator().manual_seed(0)
    left = torch.randn(2, 33, 20, generator=generator, dtype=torch.float64)
    right = torch.randn(2, 20, 17, generator=generator, dtype=torch.float64)
    exact = left @ right
    close = {"rtol": 0, "atol": TOLERANCE[dtype] * exact.abs().max().item(), "check_dtype": False}
    left, right = left.to(dtype), right.to(dtype)
    torch.testing.assert_close(product(left[0], right[0]), exact[0].to(dtype), **close)
    torch.testing.assert_close(product(right[0].T, left[0].T), exact[0].T.to(dtype), **close)
    torch.testing.assert_close(FixedFactor(right[1])(left[1]), exact[1].to(dtype), **close)
    torch.testing.assert_close(FixedFactor(left[1].T)(right[1].T), exact[1].T.to(dtype), **close)
    torch.testing.assert_close(product_each(left, right), exact.to(dtype), **close)
    torch.testing.assert_close(product_each(left[:1], right[:1]), exact[:1].to(dtype), **close)


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_a_product_over_nothing_is_zero(dtype):
    left, right = torch.ones(5, 0, dtype=dtype), torch.ones(0, 7, dtype=dtype)
    assert torch.equal(product(left, right), torch.zeros(5, 7, dtype=dtype))
    assert torch.equal(
        product_into(torch.ones(5, 7, dtype=dtype), left, right), torch.zeros(5, 7, dtype=dtype)
    )


def test_a_tracked_product_stays_near_the_exact_one():
    """300 steps of Adam's size: a plain bfloat16 product is wrong by 1e-3 of the result at every step."""
    generator = torch.Generator().manual_seed(0)
    matrix, rows = (torch.randn(64, 64, generator=generator) for _ in range(2))
    tracked = TrackedProduct(matrix, rows, torch.bfloat16)
    for _ in range(300):
        rows += 1e-3 * torch.randn(64, 64, generator=generator)
        found = tracked(rows)
    exact = rows.double() @ matrix.double()
    plain = rows.bfloat16().double() @ matrix.bfloat16().double()
    errors = [torch.linalg.norm(each.double() - exact) / torch.linalg.norm(exact) for each in (found, plain)]
    assert errors[0] < errors[1] / 20
    torch.testing.assert_close(tracked.exact(rows).double(), exact, rtol=1e-4, atol=1e-4)
