"""A measure of one's own: how far from the diagonal a mapping's weight lies, in bins, of every model."""

from pathlib import Path

import numpy as np
import pandas as pd


def spread(matrix: np.ndarray) -> float:
    """Mean distance from the diagonal, weighted with the squared weight of a matrix (n_bins, n_bins)."""
    weight = np.square(matrix, dtype=np.float64)
    outputs, inputs = np.indices(matrix.shape)
    return float((weight * np.abs(outputs - inputs)).sum() / weight.sum())


if __name__ == "__main__":
    job = globals()["snakemake"]
    rows = []
    for path in map(Path, job.input):  # R/mappings/<model>/seed<seed>/<method>.npy
        for stored in np.load(path, allow_pickle=False):
            matrix = np.diag(stored) if stored.ndim == 1 else stored  # of diagonals the vector alone is kept
            rows.append((path.parts[-3], path.parts[-2], path.stem, spread(matrix)))
    pd.DataFrame(rows, columns=["model", "seed", "method", "spread_bins"]).to_csv(job.output[0], index=False)
