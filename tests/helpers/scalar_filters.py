"""Networks that are known to look at one bin alone, or at known others."""

import numpy as np

from singmap.mapping.subject import ExaminedModel, examine


def two_layer_network(
    matrix: np.ndarray, thresholds: np.ndarray, skip_filtering: bool = False
) -> ExaminedModel:
    """y = matrix @ relu(x - thresholds), with ReLUs that open and close; times x where it filters."""
    n_bins = len(matrix)
    first = (np.eye(n_bins), -np.asarray(thresholds, float), "relu")
    return examine([first, (matrix, np.zeros(n_bins), "relu")], skip_filtering)


def band_matrix(n_bins: int, half_width: int) -> np.ndarray:
    """Ones within `half_width` bins of the diagonal."""
    return (np.abs(np.subtract.outer(np.arange(n_bins), np.arange(n_bins))) <= half_width).astype(float)


def octave_matrix(n_bins: int) -> np.ndarray:
    """Input bin j feeds output bin 2 j, and nothing else."""
    rows, columns = np.indices((n_bins, n_bins))
    return (rows == 2 * columns).astype(float)
