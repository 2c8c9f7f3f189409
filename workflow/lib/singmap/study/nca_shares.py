"""The paper's own look as measures of tracks: the share of NCA's matrix within the window's main lobe."""

import pandas as pd

from singmap.files.tables import TrackMeasures, columns
from singmap.runtime.errors import REBUILD, InputError

NCA_METHODS = ("nca", "nca_equal_fidelity")
MATRIX_OF_THE_FIT = (
    "optimised"  # a share is the matrix's own: it stands in the rows of the frames it was fitted to
)


def nca_shares(
    structure: pd.DataFrame, controls: pd.DataFrame, segments: pd.DataFrame, lobe_bins: int
) -> pd.DataFrame:
    """Rows of the table TrackMeasures, ``<method>_band_share``, of the models and of their controls.

    Parameters
    ----------
    structure, controls, segments : tables Structure, Controls and Segments
    lobe_bins : half-width of the main lobe, within which squared weight counts, input-weighted

    Of a track with several segments the mean counts. A track that was not examined has no row.
    """
    subjects = controls.rename(columns={"control": "subject"})
    subjects = subjects[~subjects["subject"].isin(["trained", "scalar", "all_ones"])]
    both = pd.concat([structure.assign(subject="trained"), subjects], ignore_index=True)
    chosen = both[
        both["method"].isin(NCA_METHODS)
        & (both["measure"] == f"band_share_{lobe_bins}")
        & (both["weighting"] == "input_weighted")
        & (both["frames"] == MATRIX_OF_THE_FIT)
    ]
    examined = segments[["segment", "track_id"]]
    placed = chosen.merge(examined, on="segment", how="left", validate="many_to_one")
    if placed["track_id"].isna().any():
        number = int(placed.loc[placed["track_id"].isna(), "segment"].iloc[0])
        raise InputError(
            "mappings/segments.csv", f"segment {number}, as in tables/structure.csv", "none", REBUILD
        )
    placed = placed.assign(
        measure=placed["method"] + "_band_share",
        weights=placed["subject"].map(lambda subject: "epoch0" if subject == "untrained" else "best"),
    )
    keys = [name for name in columns(TrackMeasures) if name != "value"]
    means = placed.groupby(keys, sort=False)[["value"]].mean().reset_index()
    return means[columns(TrackMeasures)]
