"""The best matrix in the least-squares sense: what any linear mapping can explain."""

import numpy as np

from singmap.mapping.examination import Examination
from singmap.mapping.result import MappingResult, direct_result

NEEDS_LAYERS = False
USES_GPU = False
SETTINGS = ()
RIDGES = np.logspace(-6, 1, 15)  # in units of the frames' mean energy
FOLDS = 5


def map_segments(examination: Examination) -> list[MappingResult]:
    """Solve for the best matrix of each segment."""
    return [direct_result(best_matrix(x, y), x, y) for x, y in examination.pairs()]


def best_matrix(frames: np.ndarray, target: np.ndarray, ridge: float | None = None) -> np.ndarray:
    """Matrix C (n_out, n_in) that minimises |Y - C X|^2 + ridge * e |C|^2, e the frames' mean energy.

    Parameters
    ----------
    frames, target : X and Y as (n_frames, n_in) and (n_frames, n_out), linear magnitude
    ridge : relative ridge; by default the one of RIDGES with the smallest error on held-out frames

    Solved in the dual, (n_frames, n_frames): C = Y^T (X X^T + ridge e I)^-1 X with frames as rows.
    """
    x, y = frames.astype(np.float64), target.astype(np.float64)
    if ridge is None:
        ridge = choose_ridge(x, y)
    gram = x @ x.T
    energy = np.trace(gram) / len(gram)
    matrix: np.ndarray = np.linalg.solve(gram + ridge * energy * np.eye(len(gram)), y).T @ x
    return matrix


def choose_ridge(frames: np.ndarray, target: np.ndarray) -> float:
    """The relative ridge of RIDGES with the smallest squared error over FOLDS blocks of held-out frames.

    Blocks of neighbouring frames, because single frames are almost copies of their neighbours. Where only
    silence would be left to learn from, a fold tells nothing; without any other the largest ridge is taken.
    """
    gram, n_frames = frames @ frames.T, len(frames)
    errors = np.zeros(len(RIDGES))
    for held in np.array_split(np.arange(n_frames), min(FOLDS, n_frames)):
        used = np.setdiff1d(np.arange(n_frames), held)
        if not frames[used].any():
            continue
        values, vectors = np.linalg.eigh(gram[np.ix_(used, used)])
        rotated, across = vectors.T @ target[used], gram[np.ix_(held, used)] @ vectors
        energy = values.sum() / len(used)
        for index, ridge in enumerate(RIDGES):
            estimate = (across / (np.maximum(values, 0) + ridge * energy)) @ rotated
            errors[index] += np.sum((target[held] - estimate) ** 2)
    return float(RIDGES[np.argmin(errors) if errors.any() else -1])
