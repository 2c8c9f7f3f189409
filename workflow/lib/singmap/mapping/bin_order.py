"""The order of shuffled bins, a control: permuted bins have neither harmonics nor neighbours."""

import numpy as np
from numpy.typing import NDArray


def bin_order(n_bins: int, seed: int) -> NDArray[np.int64]:
    """A random permutation of bins (n_bins,), the same for a seed wherever bins are shuffled."""
    return np.random.default_rng(seed).permutation(n_bins)
