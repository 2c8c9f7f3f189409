"""Which methods' matrices a reader may take for what a model does."""

import pandas as pd

from singmap.report.labels import ordered

SIMILARITY_MIN = 0.9  # cosine to planted matrices, mean over truths and ways to build them
ERROR_MAX = 1.0  # relative L2 error on the fitted frames: as bad as silence


def trusted_methods(planted: pd.DataFrame, measured: pd.DataFrame) -> list[str]:
    """Methods that recover planted mappings of every size, and that predict every model better than silence.

    planted, measured : the tables Planted, and ModelStructure of the matrices that are shown
    Planted networks are examined on as few frames for their bins as the study has, too.
    """
    by_size = planted.groupby(["method", "n_bins", "n_frames"])["similarity"].mean()
    recovers = by_size.groupby("method").min() >= SIMILARITY_MIN
    errors = measured[(measured["measure"] == "relative_l2") & (measured["frames"] == "optimised")]
    by_model = errors.groupby(["method", "model"])["value"].median()
    predicts = by_model.groupby("method").max() <= ERROR_MAX
    return [
        name for name in ordered(planted["method"]) if recovers.get(name, False) and predicts.get(name, False)
    ]
