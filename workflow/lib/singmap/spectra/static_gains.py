"""The best static gains: one per bin for all frames.

Fitted to the true target of training tracks they are the learned equaliser, the null model of every claim
about separation; to a track's own target, the best diagonal filter of that track; to a model's own output,
the model as a scalar filter in the strictest sense: no gain depends on the frame.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import DTypeLike, NDArray


def best_gains(
    blocks: Iterable[tuple[NDArray[np.floating], NDArray[np.floating]]], products: DTypeLike = np.float64
) -> NDArray[np.float64]:
    """Gains (n_bins,) that minimise the squared error of gain * x against y: sum(x y) / sum(x^2).

    blocks : pairs (x, y) of (..., n_bins) linear magnitudes each, all of one n_bins; at least one pair
    products : number format of x y and x^2; they are summed in float64
    The gain of a bin in which x is always silent is 0. With magnitudes no gain is negative.
    """
    return gains_of(*bin_sums(blocks, products))


def bin_sums(
    blocks: Iterable[tuple[NDArray[np.floating], NDArray[np.floating]]], products: DTypeLike = np.float64
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums of x y and of x^2 over all frames (and channels) of the blocks, (n_bins,) each."""
    sums = [(_summed(x, y, products), _summed(x, x, products)) for x, y in blocks]
    overlap, energy = np.sum(sums, axis=0)
    return overlap, energy


def gains_of(overlap: NDArray[np.float64], energy: NDArray[np.float64]) -> NDArray[np.float64]:
    """The gains that belong to such sums."""
    gains: NDArray[np.float64] = np.divide(overlap, energy, out=np.zeros_like(energy), where=energy > 0)
    return gains


def _summed(x: NDArray[np.floating], y: NDArray[np.floating], products: DTypeLike) -> NDArray[np.float64]:
    product = np.multiply(x, y, dtype=products)
    summed: NDArray[np.float64] = product.sum(axis=tuple(range(product.ndim - 1)), dtype=np.float64)
    return summed
