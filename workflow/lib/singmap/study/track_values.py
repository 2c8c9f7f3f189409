"""Values by seed and track from the long table TrackMeasures, by measure, model and subject."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from singmap.runtime.errors import REBUILD, InputError
from singmap.study.hypotheses import Measure

KEYS = ["measure", "model", "subject", "seed", "track_id"]
BEST_WEIGHTS = "best"


class NotMeasuredError(LookupError):
    """What was asked for was not measured; the message says it for a reader of the verdicts."""


class TrackValues:
    """The measures of all models and subjects, differences of two included.

    Of trained models the weights of the best epoch count; a control has weights of one kind only.
    """

    def __init__(self, table: pd.DataFrame, measures: Mapping[str, Measure]):
        """`table` is TrackMeasures; raises InputError where two rows are about the same thing."""
        at_best = (table["weights"] == BEST_WEIGHTS) | (table["subject"] != "trained")
        used = table[at_best]
        twice = used[used.duplicated(KEYS)]
        if len(twice):
            found = ", ".join(f"{key} {value}" for key, value in twice.iloc[0][KEYS].items())
            raise InputError("tables/measures.csv", "one value of each thing", f"two: {found}", REBUILD)
        self.measures = measures
        self.models = list(dict.fromkeys(used["model"]))
        # An infinite score is no value to subtract or to average.
        self._values = used.set_index(KEYS).sort_index()["value"].replace([np.inf, -np.inf], np.nan)

    def of(self, measure: str, model: str, subject: str = "trained") -> pd.DataFrame:
        """Values, (seeds, tracks) with their names; raises NotMeasuredError where there is no row.

        Seeds that have no value on any track are left out, as are tracks that have none for any seed.
        """
        if model not in self.models:
            raise NotMeasuredError(f"the study has no model {model}")
        difference = self.measures[measure].difference if measure in self.measures else None
        if difference:
            first, second = (self.of(part, model, subject) for part in difference)
            return _with_values(first - second)
        try:
            found = self._values.loc[(measure, model, subject)]
        except KeyError:
            raise NotMeasuredError(f"{measure} of {model}, {subject}, was not measured") from None
        return _with_values(found.unstack("track_id"))


def _with_values(table: pd.DataFrame) -> pd.DataFrame:
    return table.dropna(how="all").dropna(axis=1, how="all")
