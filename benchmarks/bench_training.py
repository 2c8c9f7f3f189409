"""Optimiser steps per second of our training against a textbook loop and against the machine's limit.

    python benchmarks/bench_training.py [--spectra results/.../spectra/train] [--threads 2] [--clock wall]

Same process, same threads; both loops and the parts of the limit take turns, medians of the rounds. The limit
is the time of the step's matrix products (2 a layer, and 1 more between layers), each by the fastest kernel
of this PyTorch, plus one pass of Adam's memory traffic (28 bytes a weight) at the bandwidth measured here.
Each number format has a process of its own, like a training job: in float32 ours changes how its process
allocates memory, which would speed up the textbook loop in bfloat16 as well.
`--clock cpu` counts processor time instead of elapsed time, with one thread: for busy machines.
"""

import argparse
import itertools
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from singmap.compute.device import has_bfloat16_products
from singmap.compute.matmul import product
from singmap.models.designs import MODELS
from singmap.models.network import build_model
from singmap.spectra.cache import SpectraCache
from singmap.training.losses import LOSSES
from singmap.training.trainer import Trainer, TrainingSettings

CPU = torch.device("cpu")
ADAM_BYTES = 28  # float32: read weight, gradient and two moments, write all but the gradient
ADDITION_BYTES = 12
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
SETTINGS: dict[str, Any] = {
    "epochs_max": 1,
    "patience_epochs": 1,
    "learning_rate": 1.0e-4,
    "schedule": "constant",
    "gradient_clip_norm": None,
    "loss": "mse",
}


def textbook_steps(cache: SpectraCache, name: str, dtype: torch.dtype, batch: int) -> Iterator[None]:
    """Train as an introduction to PyTorch would: a step a value."""
    model = build_model(MODELS[name], cache.n_bins, seed=0)
    adam = torch.optim.Adam(model.parameters(), lr=SETTINGS["learning_rate"])
    data = torch.utils.data.TensorDataset(*map(torch.from_numpy, cache.load()))
    loader = torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True, drop_last=True)
    while True:
        for mixture, target in loader:
            adam.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype != torch.float32):
                estimate = model(mixture)
            LOSSES["mse"](estimate.float(), target).backward()
            adam.step()
            yield


def our_steps(cache: SpectraCache, name: str, dtype: torch.dtype, batch: int) -> Iterator[None]:
    """The project's steps, with its own batches."""
    model = build_model(MODELS[name], cache.n_bins, seed=0)
    settings = TrainingSettings(**SETTINGS, batch_frames=batch, resident_frames=cache.n_frames)
    trainer = Trainer(model, settings, cache, cache, 0, CPU, dtype)
    epoch = 0
    while True:
        epoch += 1
        for mixture, target in trainer.batches.epoch(epoch):
            trainer.step(mixture, target)
            yield


def limit_parts(n_bins: int, batch: int, n_layers: int, dtype: torch.dtype) -> list[tuple]:
    """What a step cannot do without, as (weight, alternatives): the fastest alternative counts, so often.

    The memory traffic of Adam is that of two in-place additions, 24 bytes a number, times 28 / 24. Their four
    arrays are as large as Adam's, so that the processor's cache serves no more of it.
    """
    frames, gradient = (torch.rand(batch, n_bins).to(dtype) for _ in range(2))
    weight = torch.rand(n_bins, n_bins).to(dtype)
    weights, gradients, *moments = (torch.zeros(n_layers * n_bins * (n_bins + 1)) for _ in range(4))
    pairs = [
        (n_layers, (frames, weight.T)),
        (n_layers - 1, (gradient, weight)),
        (n_layers, (gradient.T, frames)),
    ]
    parts = [
        (count, [lambda pair=pair: product(*pair), lambda pair=pair: torch.mm(*pair)])
        for count, pair in pairs
    ]

    def add() -> None:
        weights.add_(gradients)
        moments[0].add_(moments[1])

    return [*parts, (ADAM_BYTES / (2 * ADDITION_BYTES), [add])]


def compare_models(precision: str, options: argparse.Namespace) -> list[list]:
    """The rows of one number format."""
    torch.set_num_threads(options.threads)
    clock = time.perf_counter if options.clock == "wall" else time.process_time
    cache = SpectraCache(options.spectra)
    return [compare(cache, name, precision, options, clock) for name in options.models]


def compare(cache: SpectraCache, name: str, precision: str, options: argparse.Namespace, clock) -> list:
    """One row of the table."""
    dtype = PRECISIONS[precision]
    n_layers = MODELS[name].encoder_layers + MODELS[name].decoder_layers
    loops = [steps(cache, name, dtype, options.batch) for steps in (textbook_steps, our_steps)]
    parts = limit_parts(cache.n_bins, options.batch, n_layers, dtype)
    actions = [lambda loop=loop: next(loop) for loop in loops]
    actions += [kernel for _, kernels in parts for kernel in kernels]
    for action in actions * 2:
        action()
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(options.rounds):
        for action, measured in zip(actions, times, strict=True):
            measured += seconds(action, clock)
    textbook, ours, *kernels_s = map(statistics.median, times)
    remaining = iter(kernels_s)
    limit = sum(count * min(next(remaining) for _ in kernels) for count, kernels in parts)
    return [name, precision, 1 / textbook, 1 / ours, 1 / limit, textbook / ours, ours / limit]


def seconds(action: Callable[[], object], clock: Callable[[], float], repetitions: int = 4) -> list[float]:
    """Time of each call."""
    times = []
    for _ in range(repetitions):
        start = clock()
        action()
        times.append(clock() - start)
    return times


def synthetic_cache(folder: Path, n_bins: int, n_frames: int = 4096) -> Path:
    """Write noise with the level and the slope of music, where no real cache is given; return `folder`."""
    generator = np.random.default_rng(0)
    slope = np.geomspace(1, 1e-4, n_bins, dtype=np.float32)
    mixture = generator.exponential(0.1, (n_frames, n_bins)).astype(np.float32) * slope
    np.save(folder / "mixture.npy", mixture)
    np.save(folder / "target.npy", mixture * generator.random((n_frames, n_bins), dtype=np.float32))
    row = {"track_id": "noise", "track": "noise", "first_frame": 0, "n_frames": n_frames}
    pd.DataFrame([row]).to_csv(folder / "index.csv", index=False)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--spectra", type=Path, help="folder of a spectra cache; default: noise of 2049 bins")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS)
    parser.add_argument("--precisions", nargs="+", default=list(PRECISIONS), choices=PRECISIONS)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    options = parser.parse_args()
    if options.clock == "cpu":
        options.threads = 1
    if "bfloat16" in options.precisions and not has_bfloat16_products(CPU):
        print("NOT RUN: bfloat16, which this processor multiplies in software only")
        options.precisions = [name for name in options.precisions if name != "bfloat16"]
    with tempfile.TemporaryDirectory() as folder:
        options.spectra = options.spectra or synthetic_cache(Path(folder), 2049)
        print(f"batch {options.batch}, {options.threads} threads, frames of {options.spectra}")
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, context, max_tasks_per_child=1) as pool:
            rows = pool.map(compare_models, options.precisions, itertools.repeat(options))
            table = [row for part in rows for row in part]
    columns = ["model", "precision", "textbook/s", "ours/s", "limit/s", "times textbook", "times limit"]
    print(pd.DataFrame(table, columns=columns).round(2).to_string(index=False))


if __name__ == "__main__":
    main()
