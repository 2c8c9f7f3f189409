"""Sums over all output bins, estimated from a few that are drawn in proportion to their part of the sum.

The mean over drawn bins of numerator over denominator then estimates the ratio of both sums over all bins
without bias (Hansen, Hurwitz, Ann. Math. Stat. 14, 1943). They are drawn in equal steps of the cumulated
parts (Madow, Ann. Math. Stat. 20, 1949), which spreads them along the frequency axis.
"""

import numpy as np


def drawn_bins(parts: np.ndarray, n_drawn: int, start: float) -> tuple[np.ndarray, np.ndarray]:
    """Draw bins with replacement; return them, each once, and their shares in the draw, together 1.

    parts : (n_bins,), what each adds to the denominator; bins that add nothing are never drawn
    n_drawn : as many as there are bins or more: every bin, with its share of the sum, exactly
    start : place of the first step, 0 to 1
    """
    if n_drawn >= len(parts):
        bins = np.flatnonzero(parts)
        return bins, parts[bins] / parts.sum()
    cumulated = np.cumsum(parts)
    steps = (start + np.arange(n_drawn)) / n_drawn * cumulated[-1]
    # Rounding must not put the last step behind the last bin that has a part.
    found = np.minimum(np.searchsorted(cumulated, steps, side="right"), np.flatnonzero(parts)[-1])
    bins, counts = np.unique(found, return_counts=True)
    return bins, counts / n_drawn
