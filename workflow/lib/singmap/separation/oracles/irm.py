"""The ideal ratio mask, `IRM2` of the SiSEC 2018 oracles (github.com/sigsep/sigsep-mus-oracle)."""

import numpy as np

from singmap.separation.known_track import Estimates, KnownTrack
from singmap.separation.mixture import ratio_mask


def estimate(track: KnownTrack) -> Estimates:
    """The target's share of the power, per channel, frame and bin, times the mixture."""
    return track.estimates(
        mixture * ratio_mask(np.abs(target), np.abs(rest)) for mixture, target, rest in track.spectra()
    )
