"""Time to a given fidelity: NCA over its gains against Adam on its couplings, in the same run.

    python benchmarks/fidelity_nca.py RESULTS [--models dae sf] [--segments 2] [--iterations 600]

RESULTS is the results folder of a study that has trained its models; the demo's makes it a small run. Both
start from the same couplings. Compared is the time to the goal, or where Adam on the couplings does not get
that far in its iterations, to the fidelity that it reached: then the ratio at the goal is larger still.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from singmap.files.storage import load_array
from singmap.files.tables import Segments, read_table
from singmap.mapping.examination import Examination
from singmap.mapping.fit import descent_steps
from singmap.mapping.gains import GainsProblem
from singmap.mapping.nca import CouplingsProblem, input_widths, problem_of, xavier_couplings
from singmap.mapping.segments import fitted_frames
from singmap.mapping.settings import MappingSettings
from singmap.mapping.subject import examine
from singmap.models.checkpoints import load_model


def descent_curve(kind, examination, start, iterations, rate, goal) -> pd.DataFrame:
    """One row per update: seconds of wall time since the beginning, and the relative L2 error before it."""
    began = time.perf_counter()
    problem = problem_of(kind, examination, [start])
    rows = []
    for step in descent_steps(problem, iterations, rate, goal):
        if step.done:
            rows.append((time.perf_counter() - began, problem.relative_l2.item()))
    return pd.DataFrame(rows, columns=["seconds", "relative_l2"])


def compare(examination, seed, options) -> dict[str, float]:
    """Iterations and seconds of both ways to the same relative L2 error, and how many times faster one is."""
    start = xavier_couplings(input_widths(examination.subject), seed)
    ways = {
        "couplings": (CouplingsProblem, options.iterations, options.couplings_rate),
        "gains": (GainsProblem, options.gains_iterations, options.gains_rate),
    }
    curves = {
        name: descent_curve(kind, examination, start, iterations, rate, options.goal)
        for name, (kind, iterations, rate) in ways.items()
    }
    level = max(options.goal, *(curve["relative_l2"].min() for curve in curves.values()))
    row = {"relative_l2": level}
    for name, curve in curves.items():
        first = int(np.argmax(curve["relative_l2"] <= level))
        row |= {f"{name}_iterations": first + 1, f"{name}_s": curve["seconds"].iloc[first]}
    row["ratio"] = row["couplings_s"] / row["gains_s"]
    return row | {"gains_reached": curves["gains"]["relative_l2"].iloc[-1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--models", nargs="+", default=["dae", "sf"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--segments", type=int, default=2, help="the first ones of the study")
    parser.add_argument("--goal", type=float, default=0.2, help="relative L2 error")
    parser.add_argument("--iterations", type=int, default=600, help="of Adam on the couplings, at most")
    parser.add_argument("--couplings-rate", type=float, default=3e-4)
    parser.add_argument("--gains-iterations", type=int, default=600)
    parser.add_argument("--gains-rate", type=float, default=3e-2)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    mixture = load_array(options.results / "mappings" / "mixture.npy")
    segments = read_table(options.results / "mappings" / "segments.csv", Segments)[: options.segments]
    settings, rows = MappingSettings(precision=options.precision), []
    for name in options.models:
        folder = options.results / "models" / name / f"seed{options.seed}"
        model = examine(load_model(folder / "weights.safetensors", folder / "provenance.json"))
        for segment, number in zip(segments.itertuples(), segments["segment"], strict=True):
            frames = fitted_frames(segment, mixture)[None]
            examination = Examination(model, frames, model.output(frames[0])[None], settings, [number])
            rows.append({"model": name, "segment": number} | compare(examination, number, options))
    table = pd.DataFrame(rows)
    print(table.round(3).to_string(index=False))
    print(table.groupby("model")[["couplings_s", "gains_s", "ratio"]].mean().round(2).to_string())


if __name__ == "__main__":
    main()
