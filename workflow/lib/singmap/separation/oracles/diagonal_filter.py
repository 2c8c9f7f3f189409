"""The best diagonal filter: one gain per bin and track, the scalar filter that the paper speaks of."""

import numpy as np

from singmap.separation.known_track import Estimates, KnownTrack


def estimate(track: KnownTrack) -> Estimates:
    """The mixture times the best gains of this very track."""
    mixture, target, _ = track.spectra()
    magnitude = np.abs(mixture)
    return track.estimates(mixture * best_gains(magnitude, np.abs(target)))


def best_gains(magnitude: np.ndarray, target_magnitude: np.ndarray) -> np.ndarray:
    """Gains (n_bins,) that minimise the squared error between gain * `magnitude` and `target_magnitude`.

    Both are (n_channels, n_frames, n_bins), and the error is summed over channels and frames. The gains are
    what a purely diagonal mapping of magnitudes can reach at best; 0 where the mixture is silent.
    """
    frames_and_channels = tuple(range(magnitude.ndim - 1))
    product = np.sum(magnitude * target_magnitude, axis=frames_and_channels, dtype=np.float64)
    energy = np.sum(magnitude**2, axis=frames_and_channels, dtype=np.float64)
    gains = np.divide(product, energy, out=np.zeros_like(energy), where=energy > 0)
    return gains.astype(magnitude.dtype)
