"""What is not told of models that are known as functions alone, because it needs their layers."""

from collections.abc import Sequence

import pandas as pd

from singmap.files.tables import Skipped, columns

REASON = "needs layers"
OF_ABLATION = ("sdr_diagonal_no_bias", "sdr_band_no_bias")
OF_AGREEMENT = ("layers_cosine", "layers_agreement", "layers_share", "bias_share")


def skipped(functions: Sequence[str], methods: Sequence[str]) -> pd.DataFrame:
    """The table Skipped, for models that are known as `functions` and mapping `methods` that need layers."""
    rows = [
        (model, kind, name, REASON)
        for model in functions
        for kind, names in (("method", methods), ("measure", OF_ABLATION + OF_AGREEMENT))
        for name in names
    ]
    return pd.DataFrame(rows, columns=columns(Skipped))
