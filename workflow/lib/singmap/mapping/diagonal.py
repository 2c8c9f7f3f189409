"""The best diagonal: what a scalar filter, one gain per bin, can explain of a model."""

import numpy as np


def best_diagonal(frames: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Gains (n_bins,) that minimise |Y - diag(c) X|^2; 0 where a bin is always silent.

    frames, target : X and Y as (n_frames, n_bins), linear magnitude
    """
    energy = np.sum(np.square(frames, dtype=np.float64), axis=0)
    overlap = np.sum(np.multiply(frames, target, dtype=np.float64), axis=0)
    gains: np.ndarray = np.divide(overlap, energy, out=np.zeros_like(energy), where=energy > 0)
    return gains
