"""The best diagonal filter: one gain per bin and track, the scalar filter that the paper speaks of."""

from collections.abc import Iterable

import numpy as np

from singmap.separation.known_track import Estimates, KnownTrack


def estimate(track: KnownTrack) -> Estimates:
    """The mixture times the best gains of this very track."""
    gains = best_gains((np.abs(mixture), np.abs(target)) for mixture, target, _ in track.spectra())
    return track.estimates(mixture * gains for mixture, _, _ in track.spectra())


def best_gains(magnitudes: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Gains (n_bins,) that minimise the squared error between gain * mixture and target.

    magnitudes : blocks of mixture and target, (n_channels, n_frames, n_bins) each; the error is summed over
        channels and frames of all
    The gains are what a purely diagonal mapping of magnitudes can reach at best; 0 where the mixture is
    silent.
    """
    product = energy = np.zeros(1)
    for mixture, target in magnitudes:
        product = product + np.sum(mixture * target, axis=(0, 1), dtype=np.float64)
        energy = energy + np.sum(mixture**2, axis=(0, 1), dtype=np.float64)
    gains: np.ndarray = np.divide(product, energy, out=np.zeros_like(energy), where=energy > 0)
    return gains.astype(np.float32)
