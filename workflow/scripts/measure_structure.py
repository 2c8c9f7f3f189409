"""Measure the mapping matrices of one trained model: their structure, and how well they explain the model."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.tables import ModelStructure, Segments, read_table, rows_of, write_table
from singmap.mapping.measures import measure_segment
from singmap.mapping.segments import fitted_frames, unseen_frames
from singmap.mapping.store import open_mappings
from singmap.mapping.subject import examine, examined_pairs
from singmap.models.checkpoints import load_model
from singmap.runtime.job import run
from singmap.runtime.progress import Progress
from singmap.spectra.cache import Magnitudes


def main(
    *, weights: Path, provenance: Path, segments: Path, mixture: Path, mappings: list[Path], structure: Path,
    model: str, seed: int, settings: dict[str, Any],
) -> None:  # fmt: skip
    """Write one tidy table of all measures; `mappings` are files <method>.npy."""
    network = examine(load_model(weights, provenance))
    spectra = Magnitudes(mixture)
    rows = rows_of(read_table(segments, Segments))
    by_method = {path.stem: path for path in mappings}
    n_bins = spectra.shape[1]
    stacks = {method: open_mappings(path, len(rows), n_bins) for method, path in by_method.items()}
    tables = []
    for row in Progress(f"measure {model} seed {seed}", len(rows), "segments").over(rows):
        pairs = examined_pairs(network, fitted_frames(row, spectra), unseen_frames(row, spectra))
        for method, stack in stacks.items():
            table = measure_segment(stack[row.segment], pairs, settings["band_bins"])
            keys = {"model": model, "seed": seed, "method": method, "segment": row.segment}
            tables.append(pd.DataFrame({**keys, "track": row.track}, index=table.index).join(table))
    write_table(structure, pd.concat(tables, ignore_index=True), ModelStructure)


if __name__ == "__main__":
    run(main)
