"""The measures of one model's matrices, for every method, segment and kind of frames."""

import numpy as np
import pandas as pd
import pytest

from tests.helpers.mapped_models import METHODS


def test_every_method_and_segment_has_the_same_measures(mapped):
    table = pd.read_csv(mapped / "structure.csv")
    parts = {
        key: part[["frames", "measure", "weighting"]].to_numpy().tolist()
        for key, part in table.groupby(["method", "segment"])
    }
    assert set(parts) == {(method, segment) for method in METHODS for segment in (0, 1)}
    assert all(part == parts["nca", 0] for part in parts.values())
    assert set(table["model"]) == {"sf"}
    assert set(table["seed"]) == {3}


def test_shares_are_those_of_the_matrices(mapped):
    table = pd.read_csv(mapped / "structure.csv").query("weighting == 'raw' and measure == 'diagonal_share'")
    found = table.set_index(["method", "segment"])["value"]
    for method in METHODS:
        for segment, matrix in enumerate(np.load(mapped / f"{method}.npy").astype(float)):
            share = np.sum(np.diag(matrix) ** 2) / np.sum(matrix**2)
            assert found[method, segment] == pytest.approx(share, rel=1e-5)
