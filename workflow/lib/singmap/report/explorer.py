"""What the page's explorer knows before it loads a matrix: models, methods, segments, frequencies, scale."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from singmap.files.tables import rows_of
from singmap.report.labels import label_of
from singmap.report.matrix_codes import cell_starts

HIDDEN = "hidden"  # planted networks whose weights do not show their mapping
AS_BAD_AS_SILENCE = 1.0  # relative error of a matrix that stands for nothing


class MethodEntry(TypedDict):
    """A mapping method, and what may be said for it.

    recovery : median cosine of its matrices to planted ones; None: not tried
    errors : model -> median relative L2 error of its prediction of the model's output on other frames
    """

    name: str
    label: str
    recovery: float | None
    errors: dict[str, float]


class Index(TypedDict):
    """All that the explorer offers; a matrix lies in matrices/<model>_seed<seed>/<track_id>.js."""

    examined: dict[str, list[str]]  # model -> methods that it was examined by
    seeds: list[int]
    methods: list[MethodEntry]
    segments: list[dict[str, Any]]
    n_bins: int
    bin_hz: float
    starts: list[int]


def explorer_index(
    segments: pd.DataFrame,
    methods: list[MethodEntry],
    examined: Mapping[str, Sequence[str]],
    seeds: Sequence[int],
    frequencies_hz: NDArray[np.float64],
) -> Index:
    """The index of a study's matrices.

    segments : the table Segments; examined : model -> methods; frequencies_hz : (n_bins,)
    """
    return {
        "examined": {model: list(names) for model, names in examined.items()},
        "seeds": list(seeds),
        "methods": methods,
        "segments": [
            {"segment": row.segment, "track_id": row.track_id, "track": row.track}
            for row in rows_of(segments)
        ],
        "n_bins": len(frequencies_hz),
        "bin_hz": float(frequencies_hz[1]),
        "starts": cell_starts(frequencies_hz).tolist(),
    }


def method_entries(
    methods: Sequence[str], planted: pd.DataFrame, structure: pd.DataFrame
) -> list[MethodEntry]:
    """The methods (tables Planted and Structure), those to look at first in front.

    These are the ones that find planted mappings best; behind all others stand those whose matrices predict
    a model's output no better than silence does.
    """
    recovery, errors = planted_recovery(planted), unseen_errors(structure)
    entries: list[MethodEntry] = [
        {
            "name": name,
            "label": label_of(name),
            "recovery": recovery.get(name),
            "errors": errors.get(name, {}),
        }
        for name in methods
    ]
    return sorted(entries, key=_doubt)


def planted_recovery(planted: pd.DataFrame) -> dict[str, float]:
    """Median cosine of what a method found to what was planted in networks that don't show it, per method."""
    hidden = planted[planted["build"] == HIDDEN].dropna(subset="similarity")
    medians = hidden.groupby("method")["similarity"].median()
    return {str(method): round(float(value), 2) for method, value in medians.items()}


def unseen_errors(structure: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Method -> model -> median relative L2 error on frames that the matrix was not fitted to."""
    shown = structure[(structure["measure"] == "relative_l2") & (structure["frames"] == "other")]
    medians = shown.dropna(subset="value").groupby(["method", "model"])["value"].median()
    errors: dict[str, dict[str, float]] = {}
    for row in rows_of(medians.reset_index()):
        errors.setdefault(row.method, {})[row.model] = round(float(row.value), 2)
    return errors


def _doubt(entry: MethodEntry) -> tuple[bool, float]:
    """Sorts what can be trusted to the front."""
    worst = max(entry["errors"].values(), default=0.0)
    return worst >= AS_BAD_AS_SILENCE, -(entry["recovery"] or 0.0)
