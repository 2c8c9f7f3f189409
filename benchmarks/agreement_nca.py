"""Do NCA's number formats agree on real spectra within the scatter of random starts?

    python benchmarks/agreement_nca.py RESULTS [--models dae sf] [--formats float32 bfloat16]

RESULTS is the results folder of a study that has trained its models. From one random start NCA runs in
float64 and the other formats, then in the last of them from four more starts. Printed for each measure:
float64's value, the difference of the other formats, and the spread (largest - smallest) over five starts.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from singmap.files.storage import load_array
from singmap.files.tables import Segments, read_table, rows_of
from singmap.mapping.measures import measure_segment
from singmap.mapping.method import map_segments
from singmap.mapping.segments import fitted_frames, unseen_frames
from singmap.mapping.settings import DescentSettings, MappingSettings
from singmap.mapping.subject import examine, examined_pairs
from singmap.models.checkpoints import load_model

STARTS = range(5)


def measures_of(model, fitted, unseen, precision, start, options) -> pd.Series:
    """Every measure of the study for one run, by (frames, measure, weighting)."""
    descent = DescentSettings(options.iterations, options.learning_rate)
    settings = MappingSettings(descent, precision=precision, record_every_iterations=0)
    matrix = map_segments("nca", model, fitted[None], settings, [start])[0].matrix
    table = measure_segment(matrix, examined_pairs(model, fitted, unseen), [2])
    return table.set_index(["frames", "measure", "weighting"])["value"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--models", nargs="+", default=["dae", "sf"])
    parser.add_argument("--formats", nargs="+", default=["float32", "bfloat16"], help="the fastest last")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--segment", type=int, default=0)
    parser.add_argument("--iterations", type=int, default=600)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    options = parser.parse_args()
    mixture = load_array(options.results / "mappings" / "mixture.npy")
    row = rows_of(read_table(options.results / "mappings" / "segments.csv", Segments))[options.segment]
    fitted, unseen = fitted_frames(row, mixture), unseen_frames(row, mixture)
    for name in options.models:
        folder = options.results / "models" / name / f"seed{options.seed}"
        model = examine(load_model(folder / "weights.safetensors", folder / "provenance.json"))
        runs = {
            precision: measures_of(model, fitted, unseen, precision, 0, options)
            for precision in ("float64", *options.formats)
        }
        fastest = options.formats[-1]
        starts = [
            runs[fastest],
            *(measures_of(model, fitted, unseen, fastest, s, options) for s in STARTS[1:]),
        ]
        spread = np.ptp(np.stack(starts), axis=0)
        table = pd.DataFrame({"float64": runs["float64"]})
        for precision in options.formats:
            table[f"{precision} - float64"] = runs[precision] - runs["float64"]
        table["spread of starts"] = spread
        table[f"{fastest} / spread"] = table[f"{fastest} - float64"].abs() / spread
        case = f"{row.track}, N = {fitted.shape[1]}, T = {len(fitted)}, {options.iterations} iterations"
        print(f"\n{name}: {case}, {torch.get_num_threads()} threads")
        print(table.to_string(float_format="{:.5f}".format), flush=True)


if __name__ == "__main__":
    main()
