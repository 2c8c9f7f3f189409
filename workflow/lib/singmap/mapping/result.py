"""What every mapping method gives for one segment: a matrix, and how it came about."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from singmap.mapping.matrix import curve_measures


@dataclass(frozen=True)
class MappingResult:
    """One segment's result.

    matrix : C, (n_out, n_in) float32 or float64
    curve : one row per iteration: iteration, loss (before that update, sum of absolute errors); on recorded
        rows also the measures of singmap.mapping.matrix.curve_measures, else NaN. The last row is the result;
        methods that don't iterate have one row.
    """

    matrix: np.ndarray
    curve: pd.DataFrame


def direct_result(matrix: np.ndarray, frames: np.ndarray, output: np.ndarray) -> MappingResult:
    """The result of a method that does not iterate, of its matrix, the segment's frames and their output."""
    loss = np.abs(output - frames @ matrix.T).sum(dtype=np.float64)
    row = {"iteration": 0, "loss": loss, **curve_measures(matrix, frames, output)}
    return MappingResult(matrix, pd.DataFrame([row]))
