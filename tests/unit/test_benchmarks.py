"""Every benchmark still runs, at its smallest size: types alone don't see a column that its tables lack."""

import os
import subprocess
import sys

import pytest

# The whole demo, a browser, a GPU, ../shared: `make bench` starts them where these are.
NOT_HERE = {"bench_overhead", "bench_page", "bench_gpu", "bench_bsseval"}
SMALLEST = {
    "bench_decode": "--minutes 0.2 --tracks 2",
    "bench_memory": "--seconds 7 --stages spectra segments excerpts oracle equaliser",
    "bench_nca": "--bins 65 --frames 20 --rounds 1 --threads 1",
    "bench_scale": "--tracks 10 --models 3",
    "bench_spectra": "--minutes 0.1",
    "bench_streaming": "--fraction 0.002",
    "bench_study_size": "--tracks 2 --systems 5",
    "bench_training": "--models dae --precisions float32 --rounds 1 --threads 1",
    "coverage_intervals": "--studies 2",
}


def test_each_benchmark_is_run_or_named(root):
    found = {path.stem for path in (root / "benchmarks").glob("bench_*.py")}
    assert found <= SMALLEST.keys() | NOT_HERE


@pytest.mark.long
@pytest.mark.parametrize("name", SMALLEST)
def test_the_benchmark_runs(name, root):
    command = [sys.executable, root / f"benchmarks/{name}.py", *SMALLEST[name].split()]
    environment = os.environ | {"PYTHONPATH": f"{root / 'workflow/lib'}:{root}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip()
