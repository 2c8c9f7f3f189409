"""A filter that never changes: one gain per bin, the same in every frame of every track."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from singmap.files.tables import Equaliser, read_table
from singmap.runtime.errors import REBUILD, InputError
from singmap.separation.separate import Magnitude, MagnitudeEstimator
from singmap.separation.separator import Separator, SeparatorSettings, filtering


def separator(files: Sequence[Path], settings: SeparatorSettings) -> Separator:
    """The separator of the learned equaliser, as if it were a model; `files` is the table of its gains."""
    (gains,) = files
    return filtering(static_filter(read_table(gains, Equaliser)["gain"].to_numpy()), settings)


def static_filter(gains: NDArray[np.floating]) -> MagnitudeEstimator:
    """The estimator that multiplies every frame with `gains` (n_bins,).

    Applied to frames of another number of bins it raises InputError.
    """

    def estimate(magnitude: Magnitude) -> Magnitude:
        if magnitude.shape[-1] != len(gains):
            raise InputError("gains", f"{magnitude.shape[-1]}, one per bin", f"{len(gains)}", REBUILD)
        return magnitude * gains.astype(np.float32)

    return estimate
