"""An oracle of one's own: the ideal amplitude mask. Its place is workflow/lib/singmap/separation/oracles."""

import numpy as np

from singmap.separation.known_track import Estimates, KnownTrack


def estimate(track: KnownTrack) -> Estimates:
    """The target's share of the magnitudes, per channel, frame and bin, times the mixture."""
    return track.estimates(
        mixture * np.abs(target) / np.maximum(np.abs(target) + np.abs(rest), 1e-9)
        for mixture, target, rest in track.spectra()
    )
