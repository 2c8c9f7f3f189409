"""Networks whose mapping is known: how well does each method recover it, does it lean to the diagonal?

Every network is y = M x on the frames, exactly. Truths M, all non-negative:

| truth | M |
|---|---|
| identity | I |
| diagonal | random gains on the diagonal |
| banded | random gains within 2 bins of the diagonal |
| harmonic | bin k feeds 2k and 3k, and nothing else |
| dense | random gains everywhere |

and two ways to build M from two layers: ``direct``, W_1 = I and W_2 = M, where the weights show the
structure; and ``hidden``, a random dense W_1 with a bias that keeps every unit active and W_2 = M W_1^-1,
where they don't.

T frames of n bins determine M only where T >= n. A study has fewer (its segments 350 of 2049 bins, say), so
that every size is examined twice: with the frames of a segment, and with as few as in the study for its bins.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from singmap.files.tables import Planted, columns
from singmap.mapping.matrix import band_share, input_weighted, relative_error
from singmap.mapping.method import map_segments
from singmap.mapping.settings import MappingSettings
from singmap.mapping.subject import ExaminedModel, examine

TRUTHS = ("identity", "diagonal", "banded", "harmonic", "dense")
BUILDS = ("direct", "hidden")
BAND_BINS = 2


def true_matrix(truth: str, n_bins: int, generator: np.random.Generator) -> np.ndarray:
    """The matrix M (n_bins, n_bins) that stands for a name of TRUTHS."""
    gains = generator.uniform(0.2, 1.0, (n_bins, n_bins))
    rows, columns = np.indices((n_bins, n_bins))
    patterns = {
        "identity": rows == columns,
        "diagonal": rows == columns,
        "banded": np.abs(rows - columns) <= BAND_BINS,
        "harmonic": (rows == 2 * columns) | (rows == 3 * columns),
        "dense": np.ones_like(rows, dtype=bool),
    }
    return np.eye(n_bins) if truth == "identity" else np.where(patterns[truth], gains, 0.0)


def planted_network(
    matrix: np.ndarray, build: str, frames: np.ndarray, generator: np.random.Generator
) -> ExaminedModel:
    """A two-layer ReLU network that maps every frame x of `frames` (n_frames, n_bins) to `matrix` @ x."""
    n_bins = len(matrix)
    if build == "direct":
        first, bias = np.eye(n_bins), np.zeros(n_bins)
    else:
        first = np.linalg.qr(generator.standard_normal((n_bins, n_bins)))[0]
        bias = np.maximum(0, -(frames @ first.T).min(axis=0)) * 1.01
    second = matrix @ np.linalg.inv(first)
    return examine([(first, bias, "relu"), (second, -second @ bias, "relu")])


def planted_frames(n_frames: int, n_bins: int, generator: np.random.Generator) -> np.ndarray:
    """Magnitude-like frames (n_frames, n_bins): random, falling with frequency by 30 dB like music does."""
    envelope = 10 ** (-1.5 * np.arange(n_bins) / n_bins)
    return generator.gamma(1.0, size=(n_frames, n_bins)) * envelope


def planted_sizes(sizes_bins: Iterable[int], n_bins: int, n_frames: int) -> list[tuple[int, int]]:
    """(bins, frames) of all networks: each size with `n_frames`, and with its share of them in `n_bins`.

    `n_frames` and `n_bins` are those of a segment in the study.
    """
    pairs = ((size, frames) for size in sizes_bins for frames in (n_frames, -(-size * n_frames // n_bins)))
    return list(dict.fromkeys(pairs))


def study_planted(
    methods: Iterable[str], sizes: Iterable[tuple[int, int]], settings: MappingSettings, seed: int = 0
) -> pd.DataFrame:
    """Examine every truth, build and size (n_bins, n_frames) with every method: the table Planted.

    matrix_error is |C - M| / |M| (Frobenius); similarity the cosine <C, M> / (|C| |M|), which forgives a
    wrong scale; weighted_similarity that of both times the mean input; relative_l1 the output's error on the
    frames. A method leans to the diagonal where diagonal_share exceeds true_diagonal_share.
    """
    rows = []
    for n_bins, n_frames in sizes:
        for truth in TRUTHS:
            for build in BUILDS:
                generator = np.random.default_rng([seed, n_bins, TRUTHS.index(truth), BUILDS.index(build)])
                frames = planted_frames(n_frames, n_bins, generator)
                matrix = true_matrix(truth, n_bins, generator)
                network = planted_network(matrix, build, frames, generator)
                for method in methods:
                    result = map_segments(method, network, frames[None], settings, [seed])[0]
                    recovery = _recovery(result.matrix, matrix, frames)
                    rows.append((truth, build, n_bins, n_frames, method, *recovery))
    return pd.DataFrame(rows, columns=columns(Planted))


def _recovery(found: np.ndarray, truth: np.ndarray, frames: np.ndarray) -> tuple[float, ...]:
    """The values of the table Planted from matrix_error on."""
    weighted = [input_weighted(matrix, frames.mean(axis=0)) for matrix in (found, truth)]
    return (
        relative_error(truth, found, 2),
        _similarity(found, truth),
        _similarity(*weighted),
        relative_error(frames @ truth.T, frames @ found.T, 1),
        band_share(found, 0),
        band_share(truth, 0),
        band_share(weighted[0], 0),
        band_share(weighted[1], 0),
    )


def _similarity(left: np.ndarray, right: np.ndarray) -> float:
    """Cosine of the angle between two matrices, -1 to 1; NaN when one is zero."""
    size = np.linalg.norm(left) * np.linalg.norm(right)
    return float(np.sum(left * right) / size) if size else float("nan")
