"""Linear fits with intercept, of each bin from a band or from all bins, ridge chosen on held-out blocks.

A fit is asked for its estimate on new frames with any ridge, which is relative to the mean energy of the
inputs about their means: sum of squared errors + ridge * energy * sum of squared coefficients. The intercept
is not shrunk: without coefficients the estimate is the target's mean. Ridges are one number, or (n_targets,).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

RIDGES = 10.0 ** np.arange(-6, 4)

Fit = Callable[[float | np.ndarray], np.ndarray]  # from a ridge to the estimate (n_new, n_targets)
# Makes the fit from the numbers of the frames used, those of the new ones, and the targets of all frames.
Fitter = Callable[[np.ndarray, np.ndarray, np.ndarray], Fit]


def from_all(frames: np.ndarray) -> Fitter:
    """Every target from all bins of `frames` (n_frames, n_bins), solved in the dual, (n_used, n_used)."""
    gram = frames @ frames.T

    def fitter(used: np.ndarray, new: np.ndarray, targets: np.ndarray) -> Fit:
        mean = targets[used].mean(axis=0)
        own, across = gram[np.ix_(used, used)], gram[np.ix_(new, used)]
        # Frames about their mean over those used: x' - m on both sides of the products.
        centre = own.mean(axis=0)
        across = across - across.mean(axis=1, keepdims=True) - centre + centre.mean()
        own = own - centre[:, None] - centre + centre.mean()
        values, vectors = np.linalg.eigh(own)
        energy = np.trace(own) / len(used)
        rotated, across = vectors.T @ (targets[used] - mean), across @ vectors

        def fit(ridge: float | np.ndarray) -> np.ndarray:
            estimate: np.ndarray = across @ _shrunk(rotated, values[:, None], ridge * energy) + mean
            return estimate

        return fit

    return fitter


def from_band(
    frames: np.ndarray, bins: np.ndarray, half_width: int, knots: np.ndarray | None = None
) -> Fitter:
    """The target of each of `bins` from the bins of `frames` within `half_width` of it.

    knots : (n_knots, n_bins) magnitudes; max(0, x_k - knot) of each is an input of bin k's fit as well, so
        that x_k enters by a piecewise linear function; None: straight
    """
    padded = np.pad(frames, ((0, 0), (half_width, half_width)))
    parts = [sliding_window_view(padded, 2 * half_width + 1, axis=1)[:, bins]]
    if knots is not None:
        parts.append(np.maximum(0, frames[:, bins, None] - knots[:, bins].T))
    inputs = np.concatenate(parts, axis=2).swapaxes(0, 1)  # (n_targets, n_frames, n_inputs)

    def fitter(used: np.ndarray, new: np.ndarray, targets: np.ndarray) -> Fit:
        mean = targets[used].mean(axis=0)
        own = inputs[:, used]
        centre = own.mean(axis=1, keepdims=True)
        own = own - centre
        values, vectors = np.linalg.eigh(own.swapaxes(1, 2) @ own)
        energy = np.sum(own**2, axis=(1, 2)) / len(used)
        overlap = own.swapaxes(1, 2) @ (targets[used] - mean).T[:, :, None]
        rotated, across = vectors.swapaxes(1, 2) @ overlap, (inputs[:, new] - centre) @ vectors

        def fit(ridge: float | np.ndarray) -> np.ndarray:
            weights = _shrunk(rotated, values[:, :, None], (ridge * energy)[:, None, None])
            estimate: np.ndarray = (across @ weights)[:, :, 0].T + mean
            return estimate

        return fit

    return fitter


def on_top_of(base: Fitter, base_ridge: np.ndarray, upper: Fitter) -> Fitter:
    """First `base` with its ridge, then `upper` of what it leaves of the frames used."""

    def fitter(used: np.ndarray, new: np.ndarray, targets: np.ndarray) -> Fit:
        estimate = base(used, np.concatenate([used, new]), targets)(base_ridge)
        left = np.zeros_like(targets)
        left[used] = targets[used] - estimate[: len(used)]
        of_the_rest = upper(used, new, left)
        return lambda ridge: estimate[len(used) :] + of_the_rest(ridge)

    return fitter


def chosen_ridge(fitter: Fitter, targets: np.ndarray, blocks: Sequence[np.ndarray]) -> np.ndarray:
    """The ridge of RIDGES, (n_targets,), with the smallest squared error on each block, fitted to the others.

    targets : (n_frames, n_targets); blocks : numbers of the frames of each
    """
    errors = np.zeros((len(RIDGES), targets.shape[1]))
    for index, held in enumerate(blocks):
        used = np.concatenate([block for other, block in enumerate(blocks) if other != index])
        fit = fitter(used, held, targets)
        for row, ridge in zip(errors, RIDGES, strict=True):
            row += np.sum((targets[held] - fit(float(ridge))) ** 2, axis=0)
    chosen: np.ndarray = RIDGES[np.argmin(errors, axis=0)]
    return chosen


def _shrunk(rotated: np.ndarray, values: np.ndarray, penalty: float | np.ndarray) -> np.ndarray:
    """rotated / (values + penalty), 0 where both are nothing."""
    below = np.broadcast_to(np.maximum(values, 0) + penalty, rotated.shape)
    weights: np.ndarray = np.divide(rotated, below, out=np.zeros_like(rotated), where=below > 0)
    return weights
