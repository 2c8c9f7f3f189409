"""The study's BSSEval v4 against museval: CPU time, memory, growth, agreement, and the FFT-limited floor.

    PYTHONPATH=workflow/lib:. python benchmarks/bench_bsseval.py [longest duration in s, 240]

Tracks are joined from real clips of the MUSDB18 preview in ../shared; both engines run on one thread, each
measurement in a process of its own, float32 signals. museval keeps nothing between estimates, so ten of them
cost it ten times one. Times are CPU seconds without imports and reading.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

THREADS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
os.environ |= THREADS  # before numpy loads its BLAS

import time  # noqa: E402

import museval  # noqa: E402
import numpy as np  # noqa: E402
import scipy.fft  # noqa: E402

from benchmarks.process_memory import peak_mb  # noqa: E402
from benchmarks.real_clips import joined_track  # noqa: E402
from singmap.scoring import bsseval  # noqa: E402
from singmap.scoring.correlations import Correlator, score_frame_bounds  # noqa: E402
from singmap.scoring.projection import N_TAPS  # noqa: E402

SHARED = Path(__file__).resolve().parents[2] / "shared"
RATE_HZ = 44100
TEN = 10


def run_museval(references, estimates):
    return np.stack(museval.evaluate(references, estimates))


def run_one(references, estimates):
    return np.stack(bsseval.evaluate(references, estimates))


def run_ten(references, estimates):
    """Ten estimates of one track; what is known of the references is kept."""
    kept = bsseval.References(references)
    return np.stack([kept.score(estimates) for _ in range(TEN)])


def run_floor(references, estimates):
    """Only the short transforms that one estimate can't do without: references with history and without,
    estimates, and the inverse ones of every frame."""
    frames = score_frame_bounds(references.shape[1], RATE_HZ, RATE_HZ)
    correlator = Correlator(N_TAPS, RATE_HZ)
    n_channels = references.shape[0] * references.shape[2]
    blocks = np.random.default_rng(0).standard_normal((3, 20, n_channels, correlator.fft_samples))
    lags = np.random.default_rng(0).standard_normal(
        (2, n_channels, n_channels, correlator.fft_samples // 2 + 1)
    )
    for _ in frames:
        for part in blocks:
            scipy.fft.rfft(part)
        for part in lags:
            scipy.fft.irfft(part, correlator.fft_samples)
    return np.zeros(0)


def run_nothing(references, estimates):
    return np.zeros(0)


RUNS = {run.__name__: run for run in (run_museval, run_one, run_ten, run_floor, run_nothing)}


def child(name: str, folder: str) -> None:
    """Run one measurement; print CPU seconds and peak memory in MB, and save the scores."""
    signals = [np.load(Path(folder, f"{part}.npy")) for part in ("references", "estimates")]
    start = time.process_time()
    scores = RUNS[name](*signals)
    seconds = time.process_time() - start
    np.save(Path(folder, f"{name}.npy"), scores)
    print(seconds, peak_mb())


def measure(name: str, folder: Path) -> tuple[float, float]:
    """CPU seconds and peak memory in MB of one run in a process of its own."""
    command = [sys.executable, __file__, "--child", name, str(folder)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, megabytes = map(float, output.split())
    return seconds, megabytes


def compare(references: np.ndarray, estimates: np.ndarray, folder: Path) -> None:
    """Print one line of the table."""
    duration_s = references.shape[1] / RATE_HZ
    np.save(folder / "references.npy", references)
    np.save(folder / "estimates.npy", estimates)
    results = {name: measure(name, folder) for name in RUNS}
    reference, one, ten, floor, _ = (results[name][0] for name in RUNS)
    inputs = results["run_nothing"][1]
    museval_scores, own_scores = (np.load(folder / f"{name}.npy") for name in ("run_museval", "run_one"))
    same_pattern = np.array_equal(np.isfinite(museval_scores), np.isfinite(own_scores))
    difference = np.nanmax(np.abs(museval_scores - own_scores))
    memory = {name: results[name][1] for name in ("run_museval", "run_one")}
    print(
        f"{duration_s:6.0f} s | museval {reference:6.2f} s {memory['run_museval']:5.0f} MB"
        f" | one {one:5.2f} s {memory['run_one']:5.0f} MB, {reference / one:5.1f}x"
        f" | ten {ten:5.2f} s, {TEN * reference / ten:5.1f}x"
        f" | memory 1/{memory['run_museval'] / memory['run_one']:.1f}"
        f" (1/{(memory['run_museval'] - inputs) / (memory['run_one'] - inputs):.1f} beyond the input)"
        f" | FFT floor {floor:.2f} s, one is {one / floor:.1f} of it"
        f" | largest difference {difference:.1e} dB, same NaN and infinity: {same_pattern}",
        flush=True,
    )


def main() -> None:
    """Measure tracks of growing length."""
    if not SHARED.is_dir():
        raise SystemExit(f"skipped: needs the clips in {SHARED}")
    longest_s = float(sys.argv[1]) if len(sys.argv) > 1 else 240.0
    with tempfile.TemporaryDirectory() as folder:
        references, estimates = joined_track(SHARED, Path(folder), longest_s, "irm")
        for part in (8, 2, 1):
            n_samples = references.shape[1] // part
            compare(references[:, :n_samples], estimates[:, :n_samples], Path(folder))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        main()
