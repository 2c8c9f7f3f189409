"""Time of one NCA iteration against straightforward autograd and against its unavoidable matrix products.

    python benchmarks/bench_nca.py [--bins 2049] [--frames 350] [--layers 2] [--rounds 5] [--threads 2]

All rows take turns in one process on the same threads, best of the rounds. The limit is the time of the two
n x n x n products per layer and iteration, at the best rate that any kernel of this PyTorch reached here for
the number format. An exact iteration needs products of n x n x T as well: the rows "its products alone" time
both kinds one after the other, and nothing else. The autograd peers first have to reproduce the authors'
numbers (tests/golden).
"""

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from singmap.compute.adam import Adam
from singmap.compute.device import has_bfloat16_products
from singmap.compute.matmul import FixedFactor, product
from singmap.compute.precision import PAD_MULTIPLE
from singmap.mapping.nca import CouplingsProblem, xavier_couplings

GOLDEN = Path(__file__).parents[1] / "tests" / "golden" / "nca_reference.npz"
LEARNING_RATE = 1e-4


class AutogradPeer:
    """NCA as its formulas read: C formed at every iteration, gradients by autograd, stock Adam.

    As in the authors' code C starts from an identity and the model's weights take part in the gradient;
    `careful` spares both.
    """

    def __init__(self, weights, biases, frames, target, initial, careful: bool):
        self._careful = careful
        self._layers = [
            [torch.from_numpy(part).requires_grad_(not careful) for part in layer]
            for layer in zip(weights, biases, strict=True)
        ]
        self._frames, self._target = torch.from_numpy(frames).T, torch.from_numpy(target).T
        self.couplings = [torch.nn.Parameter(torch.from_numpy(start.copy())) for start in initial]
        self._adam = torch.optim.Adam(self.couplings, lr=LEARNING_RATE)

    def mapping(self) -> torch.Tensor:
        size = self._frames.shape[0]
        matrix = None if self._careful else torch.eye(size, dtype=self._frames.dtype)
        for (weight, bias), coupling in zip(self._layers, self.couplings, strict=True):
            factor = torch.relu((weight + bias) @ coupling.T) * weight
            matrix = factor if matrix is None else factor @ matrix
        assert matrix is not None, "a model has layers"
        return matrix

    def step(self) -> float:
        self._adam.zero_grad()
        loss = (self._target - self.mapping() @ self._frames).abs().sum()
        loss.backward()
        self._adam.step()
        return loss.item()


class OurStep:
    """One iteration of singmap.mapping.nca, as its loop runs it."""

    def __init__(self, weights, biases, frames, target, initial, precision: str):
        stacks = frames[None], target[None], [start[None] for start in initial]
        self._problem = CouplingsProblem(weights, biases, *stacks, "input", precision)
        self._adam = Adam(self._problem.parameters, self._problem.parameters, LEARNING_RATE)

    def step(self) -> float:
        loss, gradients = self._problem.gradients()
        self._adam.step(enumerate(gradients))
        return loss.item()


class BareProducts:
    """The matrix products of one iteration of singmap.mapping.nca, on arrays of their shapes."""

    def __init__(self, n_bins: int, n_frames: int, n_layers: int, precision: str):
        side, length = (-(-size // PAD_MULTIPLE) * PAD_MULTIPLE for size in (n_bins, n_frames))
        dtype = getattr(torch, precision)
        self._inputs = torch.rand(length, side)
        self._factors = [torch.rand(side, side) / side for _ in range(n_layers)]
        self._frames = self._inputs.to(dtype)
        self._squares = [factor.to(dtype) for factor in self._factors]
        self._fixed = [FixedFactor((torch.rand(side, side) / side).to(dtype)) for _ in range(2 * n_layers)]

    def step(self) -> None:
        halves = self._fixed[::2], self._fixed[1::2]
        for square, fixed in zip(self._squares, halves[0], strict=True):
            fixed(square)
        for factor in self._factors:
            product(self._inputs, factor)  # the loss is made in float32 always
        for index, (square, fixed) in enumerate(zip(self._squares, halves[1], strict=True)):
            fixed(product(self._frames.T, self._frames))
            if index:
                product(self._frames, square.T)


def check_peers_against_golden() -> None:
    """Stop unless the peers reproduce 600 iterations of the authors' code to 1e-10."""
    golden = dict(np.load(GOLDEN))
    for careful in (False, True):
        weights, biases, initial = (
            [golden[f"dae__{name}{layer}"] for layer in range(2)] for name in ("weight", "bias", "init")
        )
        frames, target = golden["dae__mixture"], golden["dae__target"]
        peer = AutogradPeer(weights, biases, frames, target, initial, careful)
        losses = [peer.step() for _ in golden["dae__losses"]]
        worst = np.abs(np.array(losses) - golden["dae__losses"]).max()
        worst = max(worst, np.abs(peer.mapping().detach().numpy() - golden["dae__mapping"]).max())
        print(
            f"autograd{', careful' if careful else ''}: largest difference to the golden numbers {worst:.1e}"
        )
        if worst > 1e-10:
            raise SystemExit("the peer is not the authors' algorithm")


def product_kernels(n_bins: int, precisions: list[str]) -> dict[str, tuple[float, Callable[[], object]]]:
    """Every way to multiply n x n x n that is at hand: name -> (billion operations, call)."""
    kernels: dict[str, tuple[float, Callable[[], object]]] = {}
    for n in sorted({n_bins, -(-n_bins // 16) * 16, n_bins // 64 * 64}):
        for precision in precisions:
            dtype = getattr(torch, precision)
            left, right = torch.randn(n, n).to(dtype), torch.randn(n, n).to(dtype)
            packed, name = FixedFactor(right), f"{precision} product, n = {n}"
            work = 2 * n**3 / 1e9
            kernels[f"{name}, torch.mm"] = work, partial(torch.mm, left, right)
            kernels[f"{name}, product"] = work, partial(product, left, right)
            kernels[f"{name}, packed"] = work, partial(packed, left)
    return kernels


def best_times_s(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Shortest time of each call; the calls take turns, after one call to warm up.

    One thread is timed by the CPU time that it used, which neighbours on the machine disturb least.
    """
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            start = clock()
            call()
            if turn:
                times[name].append(clock() - start)
    return {name: min(measured) for name, measured in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bins", type=int, default=2049)
    parser.add_argument("--frames", type=int, default=350)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(1)  # the golden case is too small to share
    check_peers_against_golden()
    torch.set_num_threads(options.threads)
    n, generator = options.bins, np.random.default_rng(0)
    weights = [
        (generator.standard_normal((n, n)) / np.sqrt(n)).astype(np.float32) for _ in range(options.layers)
    ]
    biases = [(generator.standard_normal(n) / 100).astype(np.float32) for _ in range(options.layers)]
    frames, target = np.abs(generator.standard_normal((2, options.frames, n))).astype(np.float32)
    initial = [start.astype(np.float32) for start in xavier_couplings([n] * options.layers, 0)]
    case = weights, biases, frames, target, initial
    steps: dict[str, Callable[[], object]] = {
        "autograd float32": AutogradPeer(*case, careful=False).step,
        "autograd float32, careful": AutogradPeer(*case, careful=True).step,
    }
    precisions = ["float32", "bfloat16"]
    if not has_bfloat16_products(torch.device("cpu")):
        print("NOT RUN: bfloat16, which this processor multiplies in software only")
        precisions.remove("bfloat16")
    for precision in precisions:
        steps[f"this project {precision}"] = OurStep(*case, precision).step
        bare = BareProducts(n, options.frames, options.layers, precision)
        steps[f"its products alone, {precision}"] = bare.step
    kernels = product_kernels(n, precisions)
    times = best_times_s(steps | {name: call for name, (_, call) in kernels.items()}, options.rounds)
    print(f"\nN = {n}, T = {options.frames}, {options.layers} layers, {torch.get_num_threads()} threads, "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    rates = {name: work / times[name] for name, (work, _) in kernels.items()}
    for name, rate in rates.items():
        print(f"{name:45s} {rate:8.0f} GFLOP/s")
    print(f"\n{'one iteration':30s} {'s':>8s} {'x autograd':>11s} {'x careful':>10s} {'x limit':>8s}")
    for name in steps:
        dtype = next(precision for precision in precisions if precision in name)
        best = max(rate for kernel, rate in rates.items() if kernel.startswith(dtype))
        limit_s = 2 * options.layers * 2 * n**3 / 1e9 / best
        ratios = times["autograd float32"] / times[name], times["autograd float32, careful"] / times[name]
        print(
            f"{name:30s} {times[name]:8.3f} {ratios[0]:11.1f} {ratios[1]:10.1f} {times[name] / limit_s:8.2f}"
        )


if __name__ == "__main__":
    main()
