"""NCA on a GPU: time of an iteration by number format and batch, and its share of the measured product peak.

    python benchmarks/gpu_nca.py [--bins 2049] [--frames 350] [--layers 2] [--iterations 200]

Share of peak: all products that an iteration needs (n x n x n and n x n x T) at the unpadded size, per
second, against the best square product of the same format in the same process. Without a GPU nothing is
measured, and the script says so.
"""

import argparse
import time

import numpy as np
import torch

from singmap.mapping.fit import descend
from singmap.mapping.nca import CouplingsProblem, xavier_couplings

PRECISIONS = {"float32": torch.float32, "tf32": torch.float32, "bfloat16": torch.bfloat16}
BATCHES = (1, 4, 8)
PEAK_SIZES = (2048, 4096, 8192)
WARM_UP_ITERATIONS = 20


def seconds(work, repeats: int) -> float:
    """GPU time of one call, on average."""
    work()
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / repeats


def peak_tflops(precision: str) -> float:
    """Best rate of a square product in this format, in 10^12 operations a second."""
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    rates = []
    for n in PEAK_SIZES:
        left, right = (torch.randn(n, n, device="cuda").to(PRECISIONS[precision]) for _ in range(2))
        rates.append(2 * n**3 / seconds(lambda left=left, right=right: left @ right, 20) / 1e12)
    return max(rates)


def iteration_s(options, precision: str, n_segments: int) -> float:
    """Time of one iteration of `n_segments` segments, as the study runs it (CUDA graph included)."""
    n, generator = options.bins, np.random.default_rng(0)
    weights = [
        (generator.standard_normal((n, n)) / np.sqrt(n)).astype(np.float32) for _ in range(options.layers)
    ]
    biases = [np.zeros(n, np.float32)] * options.layers
    frames = np.abs(generator.standard_normal((n_segments, options.frames, n))).astype(np.float32)
    starts = [np.stack([start] * n_segments) for start in xavier_couplings([n] * options.layers, 0)]
    problem = CouplingsProblem(weights, biases, frames, frames[..., ::-1], starts, "input", precision, "cuda")
    descend(problem, WARM_UP_ITERATIONS, 1e-4)
    times: list[float] = []
    for iterations in (WARM_UP_ITERATIONS, WARM_UP_ITERATIONS + options.iterations):
        torch.cuda.synchronize()
        start = time.perf_counter()
        descend(problem, iterations, 1e-4)
        times.append(time.perf_counter() - start)
    return (times[1] - times[0]) / int(options.iterations)  # the difference leaves out the capture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bins", type=int, default=2049)
    parser.add_argument("--frames", type=int, default=350)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--iterations", type=int, default=200)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print(f"NOT RUN: no CUDA device here; unmeasured: {', '.join(PRECISIONS)} with {BATCHES} segments.")
        return
    n, frames, layers = options.bins, options.frames, options.layers
    needed = layers * 2 * 2 * n**3 + (3 * layers - 1) * 2 * n**2 * frames
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    print(f"N = {n}, T = {frames}, {layers} layers")
    print(
        f"{'format':10s} {'peak TFLOP/s':>13s} {'segments':>9s} {'ms a segment':>13s} {'TFLOP/s':>8s} of peak"
    )
    for precision in PRECISIONS:
        peak = peak_tflops(precision)
        for n_segments in BATCHES:
            each_s = iteration_s(options, precision, n_segments) / n_segments
            rate = needed / each_s / 1e12
            row = f"{precision:10s} {peak:13.0f} {n_segments:9d} {each_s * 1e3:13.3f}"
            print(f"{row} {rate:8.0f} {rate / peak:8.0%}")


if __name__ == "__main__":
    main()
