"""CPU time of the spectra stage against the bare FFTs of its frames; prints ratios.

    python benchmarks/bench_spectra.py [--minutes 2]

One thread, best of several. The whole stage reads WAV files, cuts and windows the frames, transforms them,
takes magnitudes and writes the cache to disk, synced. It is compared with `scipy.fft.rfft` (the fastest FFT
installed here) of as many frames in the same process, cut from the audio in the same blocks; with FFTs of one
block over and over, so that nothing else is paid; and with librosa's STFT.
"""

import argparse
import functools
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.fft
import soundfile
from numpy.lib.stride_tricks import sliding_window_view

from singmap.spectra.settings import StftSettings
from singmap.spectra.stft import analyse
from singmap.spectra.transform import ANALYSIS_FRAMES
from singmap.spectra.write_cache import write_cache

SETTINGS = StftSettings("hamming", 2049, 4096, 384)
REPEATS = 5


def cpu_s(work: Callable[[], object], clean_up: Callable[[], object] = lambda: None) -> float:
    """Return the CPU time of `work` in seconds, the best of REPEATS; `clean_up` is not counted."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
        clean_up()
    return min(times)


def whole_stage(folder: Path, decoded: pd.DataFrame, paths: dict[str, list[Path]], dtype: str) -> None:
    """Do what the rule compute_spectra does, on one thread."""
    write_cache(folder, decoded, paths, SETTINGS, dtype, threads=1)


def same_frames(audio: np.ndarray) -> None:
    """Transform the frames of `audio`, cut and zero-padded but not windowed, and forget them."""
    frames = sliding_window_view(audio, SETTINGS.window_samples)[:: SETTINGS.hop_samples]
    for first in range(0, len(frames), ANALYSIS_FRAMES):
        scipy.fft.rfft(frames[first : first + ANALYSIS_FRAMES], SETTINGS.fft_samples, axis=1)


def one_block(transform: Callable, n_frames: int, block_frames: int) -> None:
    """Transform one block over and over, as often as `n_frames` frames need."""
    block = np.random.default_rng(0).standard_normal((block_frames, SETTINGS.fft_samples), np.float32)
    for _ in range(n_frames // block_frames):
        transform(block, axis=1)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=2.0, help="length of the track")
    n_samples = int(parser.parse_args().minutes * 60 * 44100)
    generator = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        paths = {name: [folder / f"{name}.wav"] for name in ("mixture", "target")}
        for (path,) in paths.values():
            noise = generator.standard_normal(n_samples, dtype=np.float32) * np.float32(0.1)
            soundfile.write(path, noise, 44100, subtype="FLOAT")
        track = {"track_id": "noise", "track": "noise", "subset": "train", "n_samples": n_samples}
        decoded = pd.DataFrame([track])
        n_frames = 2 * SETTINGS.n_frames(n_samples)
        rows = {
            "scipy's FFTs of the same frames": 2 * cpu_s(lambda: same_frames(noise)),
            "scipy's FFTs of one block": cpu_s(lambda: one_block(scipy.fft.rfft, n_frames, ANALYSIS_FRAMES)),
            "numpy's (librosa's) FFTs of one block": cpu_s(lambda: one_block(np.fft.rfft, n_frames, 256)),
            "librosa, complex spectra in memory": 2 * cpu_s(lambda: analyse(noise, SETTINGS)),
        }
        for dtype in ("float32", "float16"):
            stage = functools.partial(whole_stage, folder / "cache", decoded, paths, dtype)
            rows[f"whole stage, {dtype} cache"] = cpu_s(stage, lambda: shutil.rmtree(folder / "cache"))
    limit_s = rows["scipy's FFTs of the same frames"]
    print(f"{n_frames} frames of {SETTINGS.fft_samples} samples: CPU time, ratio to the first row")
    for name, seconds in rows.items():
        print(f"{name:38s} {seconds:7.3f} s {seconds / limit_s:6.2f}")


if __name__ == "__main__":
    main()
