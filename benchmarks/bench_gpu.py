"""All that only a GPU can tell, in one command of 10 minutes: speed against limits, agreement, resume.

    python benchmarks/bench_gpu.py [--minutes 9.5] [--only training nca ...] | tee gpu.txt

Prints card, date and commit, then one part after the other; a part that fails says so and the others go on,
and what the time no longer allows is named. Paste the output below docs/findings/ to keep it.
"""

import argparse
import hashlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks import gpu_nca, gpu_training
from singmap.compute.device import choose_device, choose_precision
from singmap.compute.matmul import product_each
from singmap.files.tables import SpectraIndex, columns, write_table
from singmap.mapping.fit import descend
from singmap.mapping.nca import CouplingsProblem, xavier_couplings
from singmap.models.designs import MODELS
from singmap.models.network import build_model
from singmap.runtime.provenance import git_commit
from singmap.spectra.cache import SpectraCache
from singmap.training import device_frames
from singmap.training.resume import ResumeStore
from singmap.training.trainer import Trainer, TrainingSettings

PRECISIONS = ("float32", "tf32", "bfloat16")
SETTINGS: dict[str, Any] = {
    "epochs_max": 3, "patience_epochs": 3, "batch_frames": 128, "learning_rate": 1e-4, "schedule": "constant",
    "gradient_clip_norm": None, "loss": "mse", "resident_frames": 1,
}  # fmt: skip


def write_cache(folder: Path, n_frames: int, n_bins: int) -> SpectraCache:
    """Noise with the slope of music, in float16 as paper.yaml has it."""
    generator = np.random.default_rng(0)
    folder.mkdir(parents=True)
    level = np.geomspace(1, 1e-3, n_bins)
    mixture = (generator.exponential(0.1, (n_frames, n_bins)) * level).astype(np.float16)
    np.save(folder / "mixture.npy", mixture)
    np.save(folder / "target.npy", mixture * np.float16(0.4))
    index = pd.DataFrame([["noise", "noise", 0, n_frames]], columns=columns(SpectraIndex))
    write_table(folder / "index.csv", index, SpectraIndex)
    return SpectraCache(folder)


def new_trainer(folder: Path, options, device: torch.device, store: ResumeStore | None = None) -> Trainer:
    """A training of `sf` in bfloat16 on the caches that lie in a folder."""
    train, valid = (SpectraCache(folder / name) for name in ("train", "valid"))
    model, settings = build_model(MODELS["sf"], options.bins, 0), TrainingSettings(**SETTINGS)
    dtype = choose_precision("bfloat16", device)
    return Trainer(model, settings, train, valid, 0, device, dtype, "bench", store, save_interval_s=0.5)


def part_tests(options, folder: Path) -> None:
    """Whether the tests that need a GPU pass."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "tests/unit"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    print("\n".join(done.stdout.splitlines()[-15:]))


def part_training(options, folder: Path) -> None:
    """Steps per second of every model and format, the textbook loop beside them."""
    device = torch.device("cuda")
    rate = gpu_training.bandwidth(device, options.numbers)
    peaks = {p: gpu_training.matrix_peak(choose_precision(p, device), device) for p in PRECISIONS}
    print(
        f"bandwidth {rate / 1e9:.0f} GB/s, products", {n: f"{p / 1e12:.0f} TFLOP/s" for n, p in peaks.items()}
    )
    print(gpu_training.HEADER)
    sizes = SimpleNamespace(bins=options.bins, frames=8192, batch=128, steps=options.steps)
    for name, precision, launch in itertools.product(MODELS, PRECISIONS, options.launches):
        print(gpu_training.measure(name, precision, launch, peaks[precision], rate, sizes), flush=True)


def part_frames(options, folder: Path) -> None:
    """Steps per second with frames on the card and with frames that are streamed, and validation."""
    device, reserved = torch.device("cuda"), device_frames.RESERVED_BYTES
    try:
        for label, device_frames.RESERVED_BYTES in (("kept", reserved), ("streamed", 1 << 60)):
            trainer = new_trainer(folder, options, device)
            for epoch in (1, 2):  # the first one records the step
                torch.cuda.synchronize()
                begin = time.perf_counter()
                for batch in trainer.batches.epoch(epoch):
                    trainer.step(*batch)
                torch.cuda.synchronize()
            steps_s = trainer.batches.n_batches / (time.perf_counter() - begin)
            trainer.validation.evaluate(trainer.gradients.estimate)
            begin = time.perf_counter()
            trainer.validation.evaluate(trainer.gradients.estimate)
            print(f"{label:9} {steps_s:8.0f} steps/s, validation {time.perf_counter() - begin:.3f} s")
    finally:
        device_frames.RESERVED_BYTES = reserved


def part_nca(options, folder: Path) -> None:
    """Time of an iteration against the product peak at the unpadded size."""
    n, frames, layers = options.bins, 350, 2
    needed = layers * 2 * 2 * n**3 + (3 * layers - 1) * 2 * n**2 * frames
    sizes = SimpleNamespace(bins=n, frames=frames, layers=layers, iterations=options.iterations)
    print("format     segments  ms a segment  TFLOP/s  % of the product peak")
    for precision in PRECISIONS:
        peak = gpu_nca.peak_tflops(precision)
        for n_segments in (1, 4):
            each_s = gpu_nca.iteration_s(sizes, precision, n_segments) / n_segments
            rate = needed / each_s / 1e12
            print(f"{precision:10} {n_segments:8} {1e3 * each_s:13.3f} {rate:8.0f} {100 * rate / peak:8.0f}")


def part_agreement(options, folder: Path) -> None:
    """NCA in each format against float64, beside the scatter of starts: what `mapping.precision` may be."""
    n, generator = options.bins, np.random.default_rng(0)
    weights = [generator.standard_normal((n, n)) / np.sqrt(n) + np.eye(n) for _ in range(2)]
    frames = np.abs(generator.standard_normal((1, 350, n)))
    target = np.maximum(np.maximum(frames @ weights[0].T, 0) @ weights[1].T, 0)

    def final_loss(precision: str, start: int) -> float:
        starts = [each[None] for each in xavier_couplings([n, n], start)]
        problem = CouplingsProblem(
            weights, [np.zeros(n)] * 2, frames, target, starts, "input", precision, "cuda"
        )
        return descend(problem, 3 * options.iterations, 1e-4)[-1].item()

    exact, *others = (final_loss("float64", start) for start in range(4))
    scatter = np.ptp([exact, *others]) / exact
    print(f"float64: loss {exact:.6g}, scatter of 4 starts {scatter:.1e} of it")
    for precision in PRECISIONS:
        difference = abs(final_loss(precision, 0) - exact) / exact
        verdict = "within" if difference < scatter else "BEYOND"
        print(f"{precision:10} differs by {difference:.1e}, {verdict} the scatter")


def part_seeds(options, folder: Path) -> None:
    """A step's narrow products for one seed and for several at once, beside Adam's pass over the weights."""
    n, device = 16 * -(-options.bins // 16), torch.device("cuda")
    rate = gpu_training.bandwidth(device, options.numbers)
    for k in (1, 4, 8):
        frames = torch.randn(k, 128, n, device=device).bfloat16()
        weights = torch.randn(k, n, n, device=device).bfloat16()
        taken_s = gpu_training.seconds_each(partial(product_each, frames, weights), 50) / k
        adam_s = gpu_training.ADAM_BYTES * n * n / rate
        print(f"{k} seeds: {1e6 * taken_s:6.1f} us a seed and product; Adam: {1e6 * adam_s:.1f} us a layer")


def part_resume(options, folder: Path) -> None:
    """A training that is killed and resumed ends with the bits of one that is not."""
    whole = child(options, folder, "whole")
    expected = whole.communicate(timeout=180)[0].strip()
    broken = child(options, folder, "broken")
    while broken.poll() is None and not any((folder / "broken").rglob("*.safetensors")):
        time.sleep(0.05)
    broken.send_signal(signal.SIGKILL)
    broken.communicate()
    resumed = child(options, folder, "broken")
    found, told = resumed.communicate(timeout=180)
    print("resumed" if "resumed" in told else "NOT RESUMED (it had ended before the kill)", end=": ")
    print("the same bits" if found.strip() == expected else f"OTHER BITS {found.strip()} {expected}")


def part_slots(options, folder: Path) -> None:
    """Two jobs on one card: the second waits for the first, and says so."""
    jobs = [child(options, folder, f"slot{number}") for number in range(2)]
    told = [job.communicate(timeout=300)[1] for job in jobs]
    print(
        f"ended with {[job.returncode for job in jobs]}; waited:",
        ["Waiting for a GPU" in each for each in told],
    )


def child(options, folder: Path, name: str) -> subprocess.Popen:
    """A training in a process of its own, which keeps its states in a folder of that name."""
    command = [sys.executable, __file__, "--train", str(folder), name, "--bins", str(options.bins)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def train(options) -> None:
    """What a child does: train, and print a digest of the weights."""
    folder, name = options.train
    trainer = new_trainer(
        Path(folder), options, choose_device("cuda", 1), ResumeStore(Path(folder, name), "key")
    )
    trainer.run()
    parts = (value.cpu().contiguous().numpy().tobytes() for value in trainer.model.state_dict().values())
    print(hashlib.sha256(b"".join(parts)).hexdigest())


PARTS: dict[str, Callable] = {
    name.removeprefix("part_"): part for name, part in list(globals().items()) if name.startswith("part_")
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=9.5)
    parser.add_argument("--only", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--bins", type=int, default=2049)
    parser.add_argument("--frames", type=int, default=60_000, help="of the training cache, 16 kB each")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument(
        "--numbers", type=int, default=1 << 28, help="of the arrays that bandwidth is seen on"
    )
    parser.add_argument("--launches", nargs="+", default=["graph", "eager", "textbook"])
    parser.add_argument("--train", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("NOT RUN: no CUDA device here. Unmeasured:", ", ".join(options.only))
        return
    if options.train:
        train(options)
        return
    began = time.monotonic()
    print(f"{torch.cuda.get_device_name()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {git_commit()}")
    print(f"torch {torch.__version__}, {os.cpu_count()} cores, N = {options.bins}, batch 128")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_cache(folder / "train", options.frames, options.bins)
        write_cache(folder / "valid", options.frames // 10, options.bins)
        for name in options.only:
            print(f"\n== {name}: {PARTS[name].__doc__}", flush=True)
            if time.monotonic() - began > 60 * options.minutes:
                print("NOT RUN: the time is up")
                continue
            try:
                PARTS[name](options, folder)
            except Exception as error:  # the other parts still tell theirs
                print(f"FAILED: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")


if __name__ == "__main__":
    main()
