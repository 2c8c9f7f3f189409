"""Matrix products at the machine's best rate, one function for every device and precision.

PyTorch sends float32 products on a CPU to MKL, which on other makers' processors keeps to AVX2. The oneDNN
kernels of the same PyTorch build use AVX-512 there: on two Zen 5 cores 2049 x 2049 products ran at
414 to 438 GFLOP/s against 190. Without AVX-512 MKL is the faster one: on one Zen 3 core 2064 x 2064 products
ran at 93 GFLOP/s against 74 (benchmarks/bench_nca.py measures both). PyTorch offers oneDNN through the
linear layer that its compiler emits; where that operator is missing, `torch.mm` does the work.
"""

import contextlib
import ctypes
import functools

import torch

from singmap.compute import elementwise
from singmap.compute.device import full_float32

HAS_AVX512 = torch.cpu.get_capabilities().get("avx512_f", False)
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of mallopt, from glibc's malloc.h
KEPT_BYTES, LARGEST_BYTES = (1 << 31) - 1, 1 << 25  # 32 MB is the most that glibc accepts
ONEDNN_LINEAR = "_linear_pointwise"  # rows @ weight.T, torch/csrc: aten/src/ATen/native/mkldnn/Linear.cpp


@functools.cache
def keep_freed_memory() -> None:
    """Let this process reuse freed arrays of up to 32 MB instead of handing them back to the system.

    Fresh memory is a page fault for every 4 kB: gradients of a layer of 2049 bins in it made training in
    float32 up to a third slower, NCA by 1 %. Without glibc nothing happens.
    """
    with contextlib.suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, LARGEST_BYTES)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)


def product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return `left @ right` of two matrices; transposed views cost nothing extra."""
    if _onednn_serves(left) and left.shape[1]:  # oneDNN refuses an empty sum, which is zero
        return _onednn_linear(left, right.T)
    return torch.mm(left, right)


def product_into(buffer: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return `left @ right`, in `buffer` where the best kernel writes there: fresh memory is slow."""
    if _onednn_serves(left):
        keep_freed_memory()  # oneDNN's operator has no `out`: its result is freed and asked for at each call
        return product(left, right)
    return torch.mm(left, right, out=buffer)


def linear(inputs: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Return `inputs @ weight.T + bias`, (n_frames, n_out), the bias added by the product's kernel.

    Its fused ReLU is not used: it turns NaN into 0, so that a diverged model would look dead.
    """
    if _onednn_serves(weight) or _onednn_packs(weight):
        return _onednn_linear(inputs, weight, bias)
    return torch.addmm(bias, inputs, weight.t())


def product_each(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return the products of two stacks of matrices (n, a, b) and (n, b, c), as (n, a, c)."""
    if left.device.type == "cuda":
        return torch.bmm(left, right)
    if len(left) == 1:
        return product(left[0], right[0])[None]
    return torch.stack([product(*pair) for pair in zip(left, right, strict=True)])


class FixedFactor:
    """A right factor that many products share, kept in the layout that the kernels like best.

    Parameters
    ----------
    matrix : (n_inner, n_outer); `factor(rows)` returns `rows @ matrix`
    """

    def __init__(self, matrix: torch.Tensor):
        self._packed = _onednn_serves(matrix) or _onednn_packs(matrix)
        self._matrix = matrix
        if self._packed:
            keep_freed_memory()
            # The best layout depends on how many rows will come; unknown here, its own number is the guess.
            self._matrix = torch.ops.mkldnn._reorder_linear_weight(matrix.T.contiguous(), len(matrix))

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        if self._packed:
            return _onednn_linear(rows, self._matrix)
        return torch.mm(rows, self._matrix)


class TrackedProduct:
    """`rows @ matrix` of rows that change a little at a time: nearly exact, from coarse products.

    A product that is rounded to bfloat16 is wrong by up to 2^-9 of its size. Here only the change since the
    last call is multiplied in `dtype` and added, so that the error is that share of the change; what rounding
    leaves out of a change is part of the next one.

    Parameters
    ----------
    matrix : (n_inner, n_outer), float32
    rows : (n_rows, n_inner), float32, where they start
    dtype : of the products of changes

    Attributes
    ----------
    exact : the product with any rows in full float32, a FixedFactor
    """

    def __init__(self, matrix: torch.Tensor, rows: torch.Tensor, dtype: torch.dtype):
        self.exact, self._coarse = FixedFactor(matrix), FixedFactor(matrix.to(dtype))
        with full_float32():  # what is wrong at the start stays wrong
            self._seen, self._value = rows.clone(), self.exact(rows)
        self._change = rows.to(dtype)

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        """The product with the present rows, (n_rows, n_outer); the next call changes it in place."""
        # `_seen` moves by the rounded change, not to `rows`: what is cut off here is in the next change.
        elementwise.follow(rows, self._seen, self._change)
        elementwise.add(self._value, self._coarse(self._change))
        return self._value


def _onednn_linear(
    rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """Return `rows @ weight.T`, plus the bias if any; `weight` may be packed."""
    result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(rows, weight, bias, "none", [], "")
    return result


def _onednn_serves(matrix: torch.Tensor) -> bool:
    on_cpu = matrix.device.type == "cpu" and matrix.dtype == torch.float32
    return on_cpu and HAS_AVX512 and hasattr(torch.ops.mkldnn, ONEDNN_LINEAR)


def _onednn_packs(matrix: torch.Tensor) -> bool:
    """A packed bfloat16 factor gains some 7 %; unpacked ones are as fast in `torch.mm`."""
    on_cpu = matrix.device.type == "cpu" and matrix.dtype == torch.bfloat16
    return (
        on_cpu
        and hasattr(torch.ops.mkldnn, ONEDNN_LINEAR)
        and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    )
