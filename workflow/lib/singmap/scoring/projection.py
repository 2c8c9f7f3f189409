"""Distortion filters of BSSEval v4: their equations, and scores of signals that are really filtered."""

from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from singmap.scoring.correlations import Floats

N_TAPS = 512  # of the distortion filters, as in museval
EPS = float(np.finfo(float).eps)  # museval adds it to the diagonal of G
ROUNDING = 0.1  # eps max(G); with it near-mono sources move as museval's own do when channels are swapped
ROUNDING_SEED = 0


def block_toeplitz(lags: Floats) -> Floats:
    """Gram matrix G of delayed references, (n_channels * n_taps) squared, rows (channel, delay).

    lags : (n_channels, n_channels, n_taps), lags[p, q, k] = sum over n of x_p[n - k] x_q[n]
    """
    n_channels, _, n_taps = lags.shape
    gram = np.empty((n_channels, n_taps, n_channels, n_taps))
    for p in range(n_channels):
        for q in range(p, n_channels):
            gram[p, :, q] = scipy.linalg.toeplitz(lags[p, q], lags[q, p])
            gram[q, :, p] = gram[p, :, q].T
    return gram.reshape(n_channels * n_taps, -1)


class NormalEquations:
    """(G + eps I) C = D, solved by a Cholesky factor that is made once.

    Where G is singular to working precision, as for stems whose channels are identical, the
    regularisation eps grows to k eps max(G), k = 1, 4, 16 ...: what the filters then are is arbitrary,
    but what they project is not. `dither` times max(G) is added from the start.
    """

    def __init__(self, gram: Floats, dither: float = 0.0):
        diagonal = np.diagonal(gram)
        if not np.isfinite(diagonal).all():
            raise ValueError("the references must not hold NaN or infinity")
        rounding = EPS * diagonal.max()
        regularisation, multiple = EPS + dither * diagonal.max(), 1
        while True:
            factor = gram.copy()
            np.fill_diagonal(factor, diagonal + regularisation)
            try:  # G is symmetric, and LAPACK works in place on the transpose
                self._factor = scipy.linalg.cho_factor(
                    factor.T, lower=True, overwrite_a=True, check_finite=False
                )
                return
            except scipy.linalg.LinAlgError:
                regularisation, multiple = multiple * rounding, 4 * multiple

    def solve(self, right_side: Floats) -> Floats:
        """Filters for one or more right sides (n_rows, n_columns)."""
        filters: Floats = scipy.linalg.cho_solve(self._factor, right_side)
        return filters


class RoundedEquations:
    """G C = D after other roundings of G, solved without any regularisation, as museval does it.

    Where rounding decides what the filters project, as for channels that are nearly a multiple of each other,
    they become others than those of `NormalEquations`.
    """

    def __init__(self, gram: Floats):
        noise = np.random.default_rng(ROUNDING_SEED).standard_normal(gram.shape)
        noise *= ROUNDING * EPS * np.diagonal(gram).max()
        noise += gram
        self._factors = scipy.linalg.lu_factor(noise, overwrite_a=True, check_finite=False)

    def solve(self, right_side: Floats) -> Floats:
        """Filters for one or more right sides (n_rows, n_columns)."""
        filters: Floats = scipy.linalg.lu_solve(self._factors, right_side, check_finite=False)
        return filters


def filtered_scores(
    references: NDArray[Any], estimate: NDArray[Any], source: int, every: Floats, own: Floats
) -> Floats:
    """SDR, ISR, SIR, SAR in dB of one score frame, by filtering it in museval's order of operations.

    references : (n_sources, n_samples, n_channels); estimate : (n_samples, n_channels) of `source`
    every : filters C, (n_sources, n_channels, N_TAPS, n_channels); own : Cj, (n_channels, N_TAPS, n_channels)
    The order matters where differences are nothing but rounding, as for a perfect estimate.
    """
    padded = np.zeros((*references.shape[::2], references.shape[1] + N_TAPS - 1))
    padded[..., : references.shape[1]] = np.moveaxis(references, 2, 1)
    true = padded[source]
    spatial = _project(padded[source], own) - true
    projection = _project(padded.reshape(-1, padded.shape[2]), every.reshape(-1, *every.shape[2:]))
    interference = projection - true - spatial
    artefacts = -true - spatial - interference
    artefacts[:, : len(estimate)] += estimate.T
    ratios = [
        (true, spatial + interference + artefacts),
        (true, spatial),
        (true + spatial, interference),
        (true + spatial + interference, artefacts),
    ]
    return np.array([_decibels(np.sum(wanted**2), np.sum(error**2)) for wanted, error in ratios])


def _project(references: Floats, filters: Floats) -> Floats:
    """Sum over channels of references (n_channels, n_samples) filtered to (n_outputs, n_samples).

    filters : (n_channels, N_TAPS, n_outputs)
    """
    from scipy.signal import fftconvolve  # takes half a second, and few frames come here

    filtered: Floats = fftconvolve(np.swapaxes(filters, 1, 2), references[:, None], axes=-1)
    projected: Floats = filtered[..., : references.shape[-1]].sum(axis=0)
    return projected


def _decibels(wanted: np.float64, error: np.float64) -> float:
    if error == 0:
        return np.inf
    with np.errstate(divide="ignore"):
        return float(10 * np.log10(wanted / error))
