"""Made-up tables TrackMeasures: chosen values of chosen things, with what tracks and seeds add to them."""

import numpy as np
import pandas as pd

from singmap.files.tables import TrackMeasures, columns


def measured(
    measure: str,
    model: str = "dae",
    subject: str = "trained",
    *,
    mean: float = 0.0,
    tracks_differ: float = 0.0,
    seeds_differ: float = 0.0,
    noise: float = 0.0,
    n_seeds: int = 3,
    n_tracks: int = 12,
    weights: str = "best",
    seed: int = 0,
) -> pd.DataFrame:
    """Rows about one measure of one model and subject: `mean`, and normal deviations of these sizes."""
    generator = np.random.default_rng(seed)
    values = (
        mean
        + tracks_differ * generator.normal(size=n_tracks)
        + seeds_differ * generator.normal(size=(n_seeds, 1))
        + noise * generator.normal(size=(n_seeds, n_tracks))
    )
    rows = [
        (model, number, f"t{track:02}", f"Track {track}", subject, weights, measure, value)
        for number, of_seed in enumerate(values)
        for track, value in enumerate(of_seed)
    ]
    return pd.DataFrame(rows, columns=columns(TrackMeasures))
