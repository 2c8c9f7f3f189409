"""Which tracks, frames and bins stand for all.

Sums are estimated from terms that are drawn in proportion to a size that is known of all of them: with p the
probability, the mean of term / p over the drawn ones estimates the sum without bias (Hansen, Hurwitz, Ann.
Math. Stat. 14, 1943). They are drawn in equal steps of the cumulated sizes (Madow, Ann. Math. Stat. 20,
1949), which spreads them along the axis.
"""

import numpy as np
import pandas as pd


def draw_by_size(sizes: np.ndarray, n_drawn: int, start: float) -> tuple[np.ndarray, np.ndarray]:
    """Draw terms with replacement; return them, each once, and their shares in the draw, together 1.

    sizes : (n_terms,), 0 or more, not all 0; terms of no size are never drawn
    n_drawn : as many as there are terms or more: every one, with its share of the sum, exactly
    start : place of the first step, 0 to 1
    """
    if n_drawn >= len(sizes):
        terms = np.flatnonzero(sizes)
        return terms, sizes[terms] / sizes.sum()
    cumulated = np.cumsum(sizes)
    steps = (start + np.arange(n_drawn)) / n_drawn * cumulated[-1]
    # Rounding must not put the last step behind the last term that has a size.
    found = np.minimum(np.searchsorted(cumulated, steps, side="right"), np.flatnonzero(sizes)[-1])
    terms, counts = np.unique(found, return_counts=True)
    return terms, counts / n_drawn


def evenly_spread(n_frames: int, count: int) -> np.ndarray:
    """Numbers of `count` frames, evenly spread over all, or of all where they are fewer; rising."""
    return np.linspace(0, n_frames - 1, min(n_frames, count)).astype(int)


def spread_tracks(n_tracks: int, n_chosen: int) -> set[int]:
    """Numbers of `n_chosen` tracks, evenly spread, or of all where there are no more."""
    return {int(number) for number in np.linspace(0, n_tracks - 1, min(n_chosen, n_tracks)).round()}


def sampled_tracks(tracks: pd.DataFrame, tracks_max: int | None) -> pd.DataFrame:
    """The rows of `tracks_max` tracks, evenly spread over a table of one row per track; None: all rows."""
    return tracks if tracks_max is None else tracks.iloc[sorted(spread_tracks(len(tracks), tracks_max))]
