"""Measures of a mapping matrix C (n_bins, n_bins): how diagonal it is, what it mixes, how well it explains.

| measure | definition | range |
|---|---|---|
| diagonal_share | squared weight on the diagonal / all squared weight | 0 to 1 |
| band_share_k | squared weight with abs(i - j) <= k / all | 0 to 1 |
| effective_rank | exp of the entropy of the normalised singular values (Roy, Vetterli 2007) | 1 to n_bins |
| harmonic_2f, _3f, _half_f | energy on the line i = r j against its surroundings | 0 to 1; 0.5: none |
| relative_l1, relative_l2 | norm of Y - C X / norm of Y | 0 up; 1: as bad as silence |
| diagonal_relative_l1, _l2 | the same for the diagonal of C alone | 0 up |

Input-weighted measures are those of C diag(mean input): what each input bin really contributed.
A matrix of zeros has no shares: NaN. What the methods themselves look at stands in matrix.py, so that no
measure added here maps a model anew.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.linalg import svdvals

from singmap.files.tables import Measures, columns
from singmap.mapping.matrix import band_share, input_weighted, relative_error

FIDELITY_MEASURES = ["relative_l1", "relative_l2", "diagonal_relative_l1", "diagonal_relative_l2"]
HARMONICS = {"2f": (2, 1), "3f": (3, 1), "half_f": (1, 2)}  # output frequency / input frequency
LINE_BINS = 1  # half-width of a harmonic line
NEIGHBOUR_BINS = 8  # half-width of what it is compared with


def effective_rank(matrix: np.ndarray) -> float:
    """exp(-sum p log p) with p the singular values divided by their sum."""
    singular = svdvals(matrix).astype(np.float64)
    if not singular.sum():
        return float("nan")
    p = singular[singular > 0] / singular.sum()
    return float(np.exp(-np.sum(p * np.log(p))))


def harmonic_share(matrix: np.ndarray, numerator: int, denominator: int) -> float:
    """Mean energy e on the line output = r * input, r = numerator / denominator, as e / (e + n).

    n is the mean energy at LINE_BINS < distance <= NEIGHBOUR_BINS output bins from the line, on both sides.
    Only input bins count whose whole neighbourhood lies inside the matrix and off the diagonal's own band.
    """
    inputs = np.arange(0, matrix.shape[1], denominator)
    centres = inputs * numerator // denominator
    reach = NEIGHBOUR_BINS
    valid = (
        (np.abs(centres - inputs) > reach + LINE_BINS) & (centres >= reach) & (centres + reach < len(matrix))
    )
    inputs, centres = inputs[valid], centres[valid]
    if not len(inputs):
        return float("nan")
    offsets = np.arange(-reach, reach + 1)
    energy = np.square(matrix[centres[:, None] + offsets, inputs[:, None]], dtype=np.float64).mean(axis=0)
    on_line = np.abs(offsets) <= LINE_BINS
    line, around = energy[on_line].mean(), energy[~on_line].mean()
    return float(line / (line + around)) if line + around else float("nan")


def shape_measures(matrix: np.ndarray, band_bins: Iterable[int]) -> dict[str, float]:
    """All measures of the matrix alone, {measure: value}."""
    measures = {"diagonal_share": band_share(matrix, 0)}
    measures |= {f"band_share_{width}": band_share(matrix, width) for width in band_bins}
    measures["effective_rank"] = effective_rank(matrix)
    measures |= {f"harmonic_{name}": harmonic_share(matrix, *ratio) for name, ratio in HARMONICS.items()}
    return measures


def fidelity_measures(matrix: np.ndarray, frames: np.ndarray, output: np.ndarray) -> dict[str, float]:
    """How well C, and its diagonal alone, predict the model's output on frames (n_frames, n_bins)."""
    measures = {}
    estimates = {"": frames @ matrix.T, "diagonal_": frames * np.diag(matrix)}
    for prefix, estimate in estimates.items():
        for order in (1, 2):
            measures[f"{prefix}relative_l{order}"] = relative_error(output, estimate, order)
    return measures


def measure_segment(
    matrix: np.ndarray, pairs: dict[str, tuple[np.ndarray, np.ndarray]], band_bins: Iterable[int]
) -> pd.DataFrame:
    """All measures of one segment's matrix as rows of the table Measures.

    `pairs` are (frames, model output) as `subject.examined_pairs` gives them. Shape
    measures stand once raw and once weighted with the mean of the fitted frames.
    """
    mean_input = pairs["optimised"][0].mean(axis=0)
    rows = []
    for weighting, weighted in {"raw": matrix, "input_weighted": input_weighted(matrix, mean_input)}.items():
        measures = shape_measures(weighted, band_bins)
        rows += [("optimised", name, weighting, value) for name, value in measures.items()]
    for which, (frames, output) in pairs.items():
        measures = fidelity_measures(matrix, frames, output)
        rows += [(which, name, "raw", value) for name, value in measures.items()]
    return pd.DataFrame(rows, columns=columns(Measures))
