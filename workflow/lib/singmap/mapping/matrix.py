"""What of a mapping matrix C (n_out, n_in) is looked at while it is made: an edit here maps all models anew.

Whatever else is measured of finished matrices stands in measures.py.
"""

from collections.abc import Iterable, Sequence

import numpy as np

CURVE_BAND_BINS = 2  # half-width of the band whose share the curves show


def input_weighted(matrix: np.ndarray, mean_input: np.ndarray) -> np.ndarray:
    """C diag(mean input): column j scaled by the mean magnitude of input bin j."""
    weighted: np.ndarray = matrix * mean_input
    return weighted


def mean_weighted(matrices: Iterable[np.ndarray], inputs: Sequence[np.ndarray]) -> np.ndarray:
    """Mean over segments of their matrices (n_out, n_in), each weighted by its own mean input."""
    weighted = (input_weighted(matrix, x) for matrix, x in zip(matrices, inputs, strict=True))
    mean: np.ndarray = np.asarray(sum(weighted)) / len(inputs)
    return mean


def band_share(matrix: np.ndarray, half_width_bins: int) -> float:
    """Share of squared weight within `half_width_bins` of the diagonal; 0 bins: on it. NaN of zeros."""
    power = np.square(matrix, dtype=np.float64)
    total = power.sum()
    offsets = range(-half_width_bins, half_width_bins + 1)
    within = sum(np.trace(power, offset) for offset in offsets)
    return min(float(within / total), 1.0) if total else float("nan")  # the two sums round differently


def relative_error(target: np.ndarray, estimate: np.ndarray, order: int) -> float:
    """Norm of the difference over the norm of the target, L1 (order 1) or L2 (order 2); NaN if silent."""
    difference, size = (np.linalg.norm(np.ravel(values), order) for values in (target - estimate, target))
    return float(difference / size) if size else float("nan")


def curve_measures(matrix: np.ndarray, frames: np.ndarray, output: np.ndarray) -> dict[str, float]:
    """What the curve records of a matrix: fidelity on the frames it is fitted to, and how diagonal it is.

    frames, output : (n_frames, n_in) and what the model made of them, (n_frames, n_out)
    """
    estimate = frames @ matrix.T
    weighted = input_weighted(matrix, frames.mean(axis=0))
    measures = {f"relative_l{order}": relative_error(output, estimate, order) for order in (1, 2)}
    for prefix, weight in {"": matrix, "weighted_": weighted}.items():
        measures[f"{prefix}diagonal_share"] = band_share(weight, 0)
        measures[f"{prefix}band_share_{CURVE_BAND_BINS}"] = band_share(weight, CURVE_BAND_BINS)
    return measures
