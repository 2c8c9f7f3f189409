"""Time, memory and disk of what a study of many systems and tracks does with its scores, to the page.

    python benchmarks/bench_study_size.py [--tracks 100] [--systems 20] [--seconds 30] [--folder FOLDER]

Scores are made up, in the form of the study's own files, for models of one seed and three baselines, one
score frame a second; no audio is. Then the scripts of the rules run on them, each in a process of its own and
on one thread: tabulate_scores, compare_systems (against a reference, as a study of many models has it),
plot_scores and render_page, whose other tables are small. Prints CPU seconds, the largest resident memory,
and what was written.
"""

import argparse
import os
import pickle
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.process_memory import peak_mb

ROOT = Path(__file__).resolve().parents[1]
STAGES = ("tabulate_scores", "compare_systems", "plot_scores", "render_page")
BASELINES = ("mixture", "equaliser", "irm")
TARGETS = ["vocals", "accompaniment"]
SETTINGS = {"target": "vocals", "window_s": 1.0, "hop_s": 1.0}
STATISTICS = {"bootstrap_samples": 10_000, "confidence": 0.95, "seed": 0, "reference": "dae"}
FIGURES = ("scores", "differences")
N_HEARD, N_SEGMENTS = 2, 12


def models_of(n_systems: int) -> list[str]:
    """Names of so many systems' models."""
    return ["dae", *(f"m{number:02}" for number in range(1, n_systems - len(BASELINES)))]


def systems_of(n_systems: int) -> list[str]:
    """Models with one seed each, and the baselines."""
    return [*(f"{model}_seed0" for model in models_of(n_systems)), *BASELINES]


def tracks_of(n_tracks: int) -> dict[str, str]:
    """Names of so many tracks, by id."""
    return {f"song_{number}": f"Artist {number} - Song of {number}" for number in range(n_tracks)}


def make(folder: Path, n_tracks: int, n_systems: int, seconds: int) -> None:
    """Write the tables of all systems: the first as the study does, others by their own values."""
    from singmap.files.large_tables import write_large_table
    from singmap.files.tables import FrameScores, WholeTrackScores, write_table
    from singmap.scoring.tables import score_frame_table, whole_track_table
    from singmap.scoring.track_scores import TrackScores

    noise, shape = np.random.default_rng(0), (4, 2, seconds)
    scores = TrackScores(np.zeros(shape), np.zeros(shape, bool), [])
    names = tracks_of(n_tracks).items()
    frames = pd.concat([score_frame_table(scores, "", *name, TARGETS, 1.0) for name in names])
    whole = pd.concat([whole_track_table(np.zeros((2, 2)), "", *name, TARGETS) for name in names])
    for number, system in enumerate(systems_of(n_systems)):
        write_large_table(
            scored(folder, system)["frames"], made_up(frames, number, system, noise), FrameScores
        )
        write_table(
            scored(folder, system)["whole_tracks"], made_up(whole, number, system, noise), WholeTrackScores
        )


def scored(folder: Path, system: str) -> dict[str, Path]:
    """The tables of a system's scores."""
    place = folder / "scores" / system
    return {"frames": place / "frames.parquet", "whole_tracks": place / "tracks.csv"}


def made_up(table: pd.DataFrame, number: int, system: str, noise: np.random.Generator) -> pd.DataFrame:
    """The same rows with scores of their own, in dB."""
    return table.assign(system=system, value=number % 7 + noise.normal(size=len(table)))


def run_stage(stage: str, folder: Path, n_systems: int) -> None:
    """Do what the stage's rule does."""
    tables, systems = folder / "tables", systems_of(n_systems)
    scores, summary, statistics = (
        tables / f"{name}.csv" for name in ("scores", "score_summary", "statistics")
    )
    if stage == "tabulate_scores":
        from workflow.scripts import tabulate_scores

        made = [scored(folder, system) for system in systems]
        inputs = {name: [files[name] for files in made] for name in ("frames", "whole_tracks")}
        tabulate_scores.main(**inputs, scores=scores, store=folder / "museval", settings=SETTINGS)
    elif stage == "compare_systems":
        from workflow.scripts import compare_systems

        settings = STATISTICS | {"baselines": sorted(BASELINES)}
        compare_systems.main(scores=scores, summary=summary, statistics=statistics, settings=settings)
    elif stage == "plot_scores":
        plot(folder, n_systems, {"scores": scores, "summary": summary, "statistics": statistics})
    else:
        from workflow.scripts import render_page

        render_page.main(**pickle.loads((folder / "page.pickle").read_bytes()))  # noqa: S301, written by `make`


def plot(folder: Path, n_systems: int, tables: dict[str, Path]) -> None:
    """Draw the figures of scores."""
    from tests.helpers.report_files import ALL_FIGURES, outputs_of
    from workflow.scripts import plot_scores

    settings = ALL_FIGURES | {"models": models_of(n_systems), "confidence": 0.95, "reference": "dae"}
    figures = folder / "figures"
    figures.mkdir()
    plot_scores.main(**tables, outputs=outputs_of(figures, *FIGURES), settings=settings)


def prepare_page(folder: Path, n_tracks: int, n_systems: int) -> None:
    """Write all else that the page shows: two models' matrices, two tracks' sounds, small tables."""
    from tests.helpers.rendered_page import Made, page_inputs

    models, tracks = models_of(n_systems), tracks_of(n_tracks)
    tones = {"mixture": 220.0, "truth": 440.0, "dae_seed0": 660.0}
    made = Made(
        models=models, seeds=(0,), tracks=tracks, segments=[*tracks][:N_SEGMENTS], heard=[*tracks][:N_HEARD],
        tones=tones, examined=dict.fromkeys(models, ("nca", "least_squares", "jacobian")), excerpt_s=0.2,
    )  # fmt: skip
    inputs = page_inputs(folder / "page", ROOT / "workflow" / "report", "folder", made)
    inputs["settings"]["configuration"]["statistics"]["reference"] = STATISTICS["reference"]
    own = ("scores.csv", "score_summary.csv", "statistics.csv")
    for kind, place in (("tables", folder / "tables"), ("figures", folder / "figures")):
        drawn = own if kind == "tables" else [f"{name}.{end}" for name in FIGURES for end in ("svg", "csv")]
        inputs[kind] = [place / path.name if path.name in drawn else path for path in inputs[kind]]
    (folder / "page.pickle").write_bytes(pickle.dumps(inputs))


def written(folder: Path) -> str:
    """Sizes of what the stages wrote."""
    places = {
        "score frames": folder / "scores",
        "museval's files": folder / "museval",
        "scores.csv": folder / "tables/scores.csv",
        "statistics.csv": folder / "tables/statistics.csv",
        "score_summary.csv": folder / "tables/score_summary.csv",
        "page": folder / "page/report/study.html",
        "files beside it": folder / "page/report/files",
    }
    sizes = {}
    for name, place in places.items():
        if not place.exists():
            continue
        files = [path for path in place.rglob("*") if path.is_file()] if place.is_dir() else [place]
        sizes[name] = sum(path.stat().st_size for path in files) / 1e6
    return "; ".join(f"{name} {size:.2f} MB" for name, size in sizes.items())


def main() -> None:
    """Print a line per stage, and the sizes of what was written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tracks", type=int, default=100)
    parser.add_argument("--systems", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--folder", type=Path, help="where all stays; else in a temporary one")
    parser.add_argument("--stages", nargs="+", default=("make", *STAGES), choices=("make", *STAGES))
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sizes = options.tracks, options.systems
    if options.stage == "make":
        make(options.folder, *sizes, options.seconds)
        prepare_page(options.folder, *sizes)
    elif options.stage:
        run_stage(options.stage, options.folder, options.systems)
    if options.stage:
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(f"{used.ru_utime + used.ru_stime:.1f} CPU s, {peak_mb():.0f} MB")
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        for stage in options.stages:
            given = ["--tracks", str(sizes[0]), "--systems", str(sizes[1]), "--seconds", str(options.seconds)]
            done = subprocess.run(
                [sys.executable, __file__, "--stage", stage, "--folder", folder, *given],
                capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=False,
            )  # fmt: skip
            if done.returncode:
                raise SystemExit(done.stderr[-2000:])
            print(f"| {stage} | {done.stdout.strip()} |", flush=True)
        print(written(folder))


if __name__ == "__main__":
    main()
