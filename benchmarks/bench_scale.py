"""Time and memory of what grows with the size of a study: its plan, its tables of scores, its statistics.

    python benchmarks/bench_scale.py [--tracks 100 1000] [--models 10 30] [--stages plan tables statistics]

Made-up scores in the study's form go through the functions that the rules call, in a process of its own each.
tables: systems of so many tracks of four minutes, three of them; statistics: one target and metric of so many
models with one seed; plan: a dry run of so many test tracks and of three models with so many seeds in all.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
STAGES = ("plan", "tables", "statistics")
SCORE_FRAMES, SYSTEMS = 240, 3


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
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder]
    command += ["--configfile", folder / "settings.json", "--cores=1", "--dry-run", "--quiet"]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)


def tables(folder: Path, n_tracks: int, n_models: int) -> None:
    """Gather the scores of three systems, read from disk as the rule does."""
    from singmap.files.tables import FrameScores, WholeTrackScores, write_table
    from singmap.scoring.tables import score_frame_table, whole_track_table
    from singmap.scoring.track_scores import TrackScores
    from workflow.scripts import tabulate_scores

    targets, paths = ["vocals", "accompaniment"], {"frames": [], "whole_tracks": []}
    for number in range(SYSTEMS):
        system, noise = f"dae_seed{number}", np.random.default_rng(number)
        withheld = np.zeros((4, 2, SCORE_FRAMES), bool)
        names = [(system, f"t{k}", f"Track {k}") for k in range(n_tracks)]
        of_tracks = [TrackScores(noise.normal(size=withheld.shape), withheld, []) for _ in names]
        frames = [
            score_frame_table(found, *name, targets, 1.0)
            for found, name in zip(of_tracks, names, strict=True)
        ]
        whole = [whole_track_table(noise.normal(size=(2, 2)), *name, targets) for name in names]
        for kind, parts, table in (
            ("frames", frames, FrameScores),
            ("whole_tracks", whole, WholeTrackScores),
        ):
            paths[kind].append(folder / "scores" / system / f"{kind}.csv")
            write_table(paths[kind][-1], pd.concat(parts), table)
    settings = {"target": "vocals", "window_s": 1.0, "hop_s": 1.0}
    rerun("tabulate_scores", lambda: tabulate_scores.main(
        **paths, scores=folder / "scores.csv", store=folder / "museval", settings=settings
    ))  # fmt: skip


def statistics(folder: Path, n_tracks: int, n_models: int) -> None:
    """Compare models with one seed each by one metric of one target."""
    from singmap.scoring.statistics import compare_systems, level_table

    noise = np.random.default_rng(0)
    keys = {"target": "vocals", "metric": "SDR", "n_frames": SCORE_FRAMES, "n_nan": 0, "n_inf": 0}
    table = pd.DataFrame(
        {"model": f"m{model}", "seed": 0, "track_id": f"t{k}", "value": noise.normal(), "flags": None}
        for model in range(n_models)
        for k in range(n_tracks)
    ).assign(**keys, n_withheld=0)
    rerun("compare_systems", lambda: level_table(table, 10_000, 0.95, 0))
    compare_systems(table, [], 10_000, 0.95, 0)


def rerun(name: str, call) -> None:
    """Say what a call takes beside what was needed to prepare it."""
    started, before = time.process_time(), memory_mb("VmRSS")
    call()
    print(f"[{name}: {time.process_time() - started:.1f} CPU s, from {before:.0f} MB]", file=sys.stderr)


def memory_mb(name: str) -> float:
    """Resident memory of this process: VmRSS now, VmHWM at its largest."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name)) / 1024


def main() -> None:
    """Print a table: CPU seconds and memory of each stage and size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tracks", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--models", type=int, nargs="+", default=[10, 30])
    parser.add_argument("--stages", nargs="+", default=STAGES, choices=STAGES)
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        with tempfile.TemporaryDirectory() as folder:
            {"plan": plan, "tables": tables, "statistics": statistics}[options.stage](
                Path(folder), options.tracks[0], options.models[0]
            )
        own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        used = children if options.stage == "plan" else own
        memory = children.ru_maxrss / 1024 if options.stage == "plan" else memory_mb("VmHWM")
        print(f"{used.ru_utime + used.ru_stime:.1f} CPU s, {memory:.0f} MB")
        return
    for stage in options.stages:
        for n_tracks in options.tracks:
            for n_models in options.models if stage != "tables" else options.models[:1]:
                sizes = ["--tracks", str(n_tracks), "--models", str(n_models)]
                done = subprocess.run(
                    [sys.executable, __file__, "--stage", stage, *sizes],
                    capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=False,
                )  # fmt: skip
                if done.returncode:
                    raise SystemExit(done.stderr[-2000:])
                print(
                    f"| {stage} | {n_tracks} tracks, {n_models} models | {done.stdout.strip()} |", flush=True
                )
                print(done.stderr.strip(), file=sys.stderr)


if __name__ == "__main__":
    main()
