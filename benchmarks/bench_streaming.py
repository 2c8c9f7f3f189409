"""Random-order streaming of a spectra cache from disk against the same batches from memory.

    python benchmarks/bench_streaming.py [--fraction 0.1] [--folder /tmp]

Writes a synthetic cache of a stated fraction of full MUSDB18 (2.8 million frames of 2049 bins), streams one
epoch with the page cache emptied first and one from the page cache, and prints frames per second, memory,
and what batches drawn from arrays in memory reach. The cache is deleted at the end.
"""

import argparse
import itertools
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.process_memory import peak_mb
from singmap.files.tables import SpectraIndex, columns, write_table
from singmap.runtime.disk import require_disk
from singmap.spectra.cache import ARRAYS, SpectraCache
from singmap.spectra.magnitude_file import MagnitudeFile
from singmap.spectra.pools import shuffled_pools
from singmap.training.device_frames import Batch, streamed_batches

FULL_FRAMES, N_BINS = 2_800_000, 2049
BATCH_FRAMES = 128
PIECE_FRAMES = 1000
MEMORY_FRAMES = 100_000  # of the cache that are drawn from memory for comparison


def write_synthetic(folder: Path, n_frames: int, dtype: str) -> None:
    """Write a cache whose first column numbers the frames."""
    row = np.linspace(0, 1, N_BINS, dtype=np.float32)
    for name in ARRAYS:
        file = MagnitudeFile(folder / f"{name}.npy", (n_frames, N_BINS), dtype)
        for first in range(0, n_frames, PIECE_FRAMES):
            rows = np.tile(row, (min(PIECE_FRAMES, n_frames - first), 1))
            rows[:, 0] = np.arange(first, first + len(rows))
            file.write(first, rows)
        file.close()
    index = pd.DataFrame([["synthetic", "synthetic", 0, n_frames]], columns=columns(SpectraIndex))
    write_table(folder / "index.csv", index, SpectraIndex)


def forget(folder: Path) -> None:
    """Push the cache out of the page cache, so that the next reads come from the disk."""
    for name in ARRAYS:
        with (folder / f"{name}.npy").open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def from_memory(
    mixture: np.ndarray, target: np.ndarray, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield shuffled batches of arrays that are in memory."""
    order = np.random.default_rng(seed).permutation(len(mixture))
    for first in range(0, len(order), BATCH_FRAMES):
        chosen = order[first : first + BATCH_FRAMES]
        yield mixture[chosen], target[chosen]


def consume(batches: Iterator[tuple[np.ndarray, np.ndarray]] | Iterator[Batch]) -> tuple[float, np.ndarray]:
    """Return frames per second and the numbers of the frames that came."""
    start = time.perf_counter()
    numbers = [np.asarray(mixture[:, 0]).astype(np.int64) for mixture, _ in batches]
    seconds = time.perf_counter() - start
    seen = np.concatenate(numbers)
    return len(seen) / seconds, seen


def main() -> None:
    """Write, stream, compare, delete."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fraction", type=float, default=0.1, help="of full MUSDB18's frames")
    parser.add_argument("--folder", default=None, help="where the synthetic cache goes for a while")
    arguments = parser.parse_args()
    n_frames = int(FULL_FRAMES * arguments.fraction)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as temporary:
        folder = Path(temporary)
        n_bytes = 8 * n_frames * N_BINS
        require_disk(folder, n_bytes, "synthetic cache")
        write_synthetic(folder, n_frames, "float32")
        print(f"{n_frames} frames ({arguments.fraction:.1%} of full MUSDB18), {n_bytes / 1e9:.2f} GB on disk")
        cache = SpectraCache(folder)
        before_mb = peak_mb()
        for label, is_cold in (("from disk", True), ("from the page cache", False)):
            if is_cold:
                forget(folder)
            pools = shuffled_pools(n_frames, BATCH_FRAMES, seed=0, epoch=int(is_cold))
            rate, seen = consume(streamed_batches(cache, pools, torch.device("cpu")))
            if not np.array_equal(np.sort(seen), np.arange(n_frames)):
                raise SystemExit("not every frame came exactly once")
            print(f"streamed {label:20s} {rate:10.0f} frames/s")
        print(f"memory that streaming added {peak_mb() - before_mb:6.0f} MB")
        mixture, target = (np.array(array[:MEMORY_FRAMES]) for array in (cache.mixture, cache.target))
        rate, _ = consume(itertools.chain(*(from_memory(mixture, target, seed) for seed in range(3))))
        print(f"from memory ({len(mixture)} frames)    {rate:10.0f} frames/s")


if __name__ == "__main__":
    main()
