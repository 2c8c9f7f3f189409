"""Training on a GPU: steps per second, share of the matrix peak and of the Adam-bandwidth bound, by variant.

    python benchmarks/gpu_training.py [--bins 2049] [--batch 128] [--steps 300]

Variants: model x precision (float32, tf32, bfloat16) x launch (graph, eager), the graph being what training
uses; as peers `textbook`, the loop of an introduction to PyTorch, and `compile`, the same under torch.compile
with fused Adam. The matrix peak is the best rate of large square products in the same format, the bandwidth
that of an in-place addition, both measured first; the tighter of the two bounds is the one that a step comes
nearer to. Without a CUDA device it says what was not run and ends well.
"""

import argparse
import itertools
import time
from collections.abc import Callable

import torch

from singmap.compute.adam import Adam
from singmap.compute.cuda_graphs import EAGER_CALLS, GraphedStep
from singmap.compute.device import choose_precision
from singmap.models.designs import MODELS
from singmap.models.network import SpectralModel, build_model
from singmap.training.backpropagation import Backpropagation
from singmap.training.losses import LOSSES

PRECISIONS = ("float32", "tf32", "bfloat16")
LAUNCHES = ("graph", "eager", "textbook", "compile")
ADAM_BYTES = 28  # float32: read weight, gradient and two moments, write all but the gradient
PEAK_SIZE = 8192
HEADER = "model  precision launch     steps/s   % peak   % Adam  % tighter bound"


def our_step(model: SpectralModel, dtype: torch.dtype, graphed: bool) -> Callable:
    """The project's update, as singmap.training.trainer makes it."""
    gradients = Backpropagation(model, LOSSES["mse"], dtype, pads=True)
    optimiser = Adam(gradients.parameters, gradients.copies, 1.0e-4)

    def update(mixture: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        loss, found = gradients.gradients(mixture, target)
        optimiser.step(found)
        return loss

    return GraphedStep(update) if graphed else update


def textbook_step(model: SpectralModel, dtype: torch.dtype, is_fast: bool) -> Callable:
    """The loop of an introduction to PyTorch; if fast, with what PyTorch offers to make it so."""
    optimiser = torch.optim.Adam(model.parameters(), lr=1.0e-4, fused=is_fast)
    compiled = torch.compile(model, mode="max-autotune-no-cudagraphs") if is_fast else model

    def update(mixture: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        optimiser.zero_grad()
        with torch.autocast("cuda", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
            estimate = compiled(mixture)
        loss = LOSSES["mse"](estimate.float(), target)
        loss.backward()
        optimiser.step()
        return loss

    return update


def seconds_each(action: Callable[[], object], repetitions: int) -> float:
    """Mean time of a call, the device waited for at both ends."""
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(repetitions):
        action()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / repetitions


def matrix_peak(dtype: torch.dtype, device: torch.device) -> float:
    """Floating-point operations per second of a large square product."""
    left, right = (torch.rand(PEAK_SIZE, PEAK_SIZE, device=device).to(dtype) for _ in range(2))
    seconds_each(lambda: left @ right, 3)
    return 2 * PEAK_SIZE**3 / seconds_each(lambda: left @ right, 10)


def bandwidth(device: torch.device, n_numbers: int = 1 << 28) -> float:
    """Bytes per second of an in-place addition, 12 bytes a number."""
    first, second = torch.zeros(n_numbers, device=device), torch.ones(n_numbers, device=device)
    seconds_each(lambda: first.add_(second), 3)
    return 12 * n_numbers / seconds_each(lambda: first.add_(second), 10)


def measure(name: str, precision: str, launch: str, peak: float, rate: float, options) -> str:
    """One line of the table."""
    device = torch.device("cuda")
    dtype = choose_precision(precision, device)
    model = build_model(MODELS[name], options.bins, seed=0).to(device)
    if launch in ("textbook", "compile"):
        step = textbook_step(model, dtype, launch == "compile")
    else:
        step = our_step(model, dtype, launch == "graph")
    mixture = torch.rand(options.frames, options.bins, device=device)
    order = torch.randperm(options.frames, device=device)
    batches = itertools.cycle(order.split(options.batch)[: options.frames // options.batch])

    def drawn_step() -> None:
        rows = next(batches)
        step(mixture[rows], mixture[rows])

    seconds_each(drawn_step, 3 * EAGER_CALLS)
    taken_s = seconds_each(drawn_step, options.steps)
    n_layers = MODELS[name].encoder_layers + MODELS[name].decoder_layers
    work = 2 * options.batch * options.bins**2 * (3 * n_layers - 1)
    traffic_s = n_layers * options.bins * (options.bins + 1) * ADAM_BYTES / rate
    shares = work / taken_s / peak, traffic_s / taken_s
    columns = [f"{100 * share:8.1f}" for share in (*shares, max(shares))]
    return " ".join([f"{name:6} {precision:9} {launch:8} {1 / taken_s:9.0f}", *columns])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bins", type=int, default=2049)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--frames", type=int, default=65_536, help="frames on the device")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--launches", nargs="+", default=list(LAUNCHES), choices=LAUNCHES)
    options = parser.parse_args()
    variants = list(itertools.product(MODELS, PRECISIONS, options.launches))
    if not torch.cuda.is_available():
        print("No CUDA device here. NOT RUN:", *(f"  {' '.join(variant)}" for variant in variants), sep="\n")
        return
    device = torch.device("cuda")
    rate = bandwidth(device)
    print(f"{torch.cuda.get_device_name()}, N = {options.bins}, batch {options.batch}, {rate / 1e9:.0f} GB/s")
    peaks = {precision: matrix_peak(choose_precision(precision, device), device) for precision in PRECISIONS}
    print("matrix peak in TFLOP/s:", {name: round(peak / 1e12, 1) for name, peak in peaks.items()})
    print(HEADER)
    for name, precision, launch in variants:
        try:
            print(measure(name, precision, launch, peaks[precision], rate, options), flush=True)
        except RuntimeError as error:  # torch.compile needs a compiler, memory may end: the rest still runs
            print(f"{name:6} {precision:9} {launch:8} NOT RUN: {str(error).splitlines()[0]}")


if __name__ == "__main__":
    main()
