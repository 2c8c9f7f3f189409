"""The ideal binary mask of the SiSEC 2018 oracles (github.com/sigsep/sigsep-mus-oracle)."""

import numpy as np

from singmap.separation.known_track import Estimates, KnownTrack
from singmap.separation.mixture import ratio_mask

THRESHOLD = 0.5  # the share of the power above which a bin belongs to the target


def estimate(track: KnownTrack) -> Estimates:
    """The mixture wherever the target is stronger than the rest."""
    return track.estimates(
        mixture * (ratio_mask(np.abs(target), np.abs(rest)) > THRESHOLD)
        for mixture, target, rest in track.spectra()
    )
