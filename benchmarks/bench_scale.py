"""Time and memory of planning a study, against its tracks and models; see bench_study_size.py for its scores.

    python benchmarks/bench_scale.py [--tracks 100 1000] [--models 10 30]

A dry run of a study of which nothing is there but the manifest: so many test tracks, and three models with so
many seeds in all.
"""

import argparse
import itertools
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def plan(folder: Path, n_tracks: int, n_models: int) -> None:
    """Let Snakemake plan a study of which nothing is there but the manifest."""
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
    subprocess.run(command, check=True, capture_output=True, cwd=folder)


def main() -> None:
    """Print a table: CPU seconds and memory of each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tracks", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--models", type=int, nargs="+", default=[10, 30])
    options = parser.parse_args()
    for n_tracks, n_models in itertools.product(options.tracks, options.models):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with tempfile.TemporaryDirectory() as folder:
            plan(Path(folder), n_tracks, n_models)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        print(f"| {n_tracks} tracks, {n_models} models | {cpu_s:.1f} CPU s, {used.ru_maxrss / 1024:.0f} MB |")


if __name__ == "__main__":
    main()
