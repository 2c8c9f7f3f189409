"""The best diagonal filter: one gain per bin and track, the scalar filter that the paper speaks of."""

import numpy as np

from singmap.separation.known_track import Estimates, KnownTrack
from singmap.spectra.static_gains import best_gains


def estimate(track: KnownTrack) -> Estimates:
    """The mixture times the gains that a purely diagonal mapping of this very track's magnitudes has at best.

    Channels share their gains; products are formed in the spectra's own float32.
    """
    magnitudes = ((np.abs(mixture), np.abs(target)) for mixture, target, _ in track.spectra())
    gains = best_gains(magnitudes, np.float32).astype(np.float32)
    return track.estimates(mixture * gains for mixture, _, _ in track.spectra())
