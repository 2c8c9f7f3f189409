"""Time and memory of planning a study, against its tracks and models; see bench_study_size.py for its scores.

    python benchmarks/bench_scale.py [--tracks 100 1000] [--models 10 30]

A dry run of a study of which nothing is there but the manifest: so many test tracks, and three models with so
many seeds in all.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def plan(folder: Path, n_tracks: int, n_models: int) -> tuple[float, float]:
    """Let Snakemake plan a study of which nothing is there but the manifest; CPU seconds and peak in MB."""
    from singmap.data.tracks import Manifest, Stem, Track, write_manifest

    stems = {name: Stem("track.stem.mp4", index) for index, name in enumerate(("mixture", "vocals"))}
    tracks = [
        Track(f"{subset}_{k}", f"{subset} {k}", subset, 10_000_000, 44_100, stems)
        for subset, count in {"train": 86, "valid": 14, "test": n_tracks}.items()
        for k in range(count)
    ]
    write_manifest(folder / "results/manifest.json", Manifest("musdb18", folder / "musdb18", {}, tracks))
    settings = {"results": "results", "dataset": {"name": "musdb18"}, "seeds": list(range(n_models // 3))}
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    places = {"snakefile": ROOT / "Snakefile", "directory": folder, "configfile": folder / "settings.json"}
    command = [sys.executable, "-m", "snakemake", *(f"--{name}={place}" for name, place in places.items())]
    command += ["--cores=1", "--dry-run", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder) as process:
        assert process.stderr is not None, "it is a pipe"
        errors = process.stderr.read().decode()
        _, status, used = os.wait4(
            process.pid, 0
        )  # of this one, where RUSAGE_CHILDREN has the largest of all
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(errors[-2000:])
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    """Print a table: CPU seconds and memory of each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tracks", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--models", type=int, nargs="+", default=[10, 30])
    options = parser.parse_args()
    for n_tracks, n_models in itertools.product(options.tracks, options.models):
        with tempfile.TemporaryDirectory() as folder:
            cpu_s, peak_mb = plan(Path(folder), n_tracks, n_models)
        print(f"| {n_tracks} tracks, {n_models} models | {cpu_s:.1f} CPU s, {peak_mb:.0f} MB |")


if __name__ == "__main__":
    main()
