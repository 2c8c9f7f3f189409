"""The target's true magnitude with the mixture's phase: the models' own recipe without their error."""

import numpy as np

from singmap.separation.known_track import Estimates, KnownTrack
from singmap.separation.mixture import with_mixture_phase


def estimate(track: KnownTrack) -> Estimates:
    """The best that magnitudes alone can do."""
    return track.estimates(
        with_mixture_phase(mixture, np.abs(target)) for mixture, target, _ in track.spectra()
    )
