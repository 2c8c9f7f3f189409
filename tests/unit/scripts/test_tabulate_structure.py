"""All measures in one table, and medians of the errors in another."""

import pandas as pd
import pytest

from singmap.files.tables import Structure, columns
from tests.helpers.mapped_models import METHODS
from workflow.scripts import tabulate_structure


def test_structure_is_tidy_and_complete(mapped):
    table = pd.read_csv(mapped / "all.csv")
    assert list(table.columns) == columns(Structure)
    assert not table.duplicated(columns(Structure)[:-1]).any()
    assert set(table["method"]) == set(METHODS)
    assert set(table["frames"]) == {"optimised", "other"}
    assert set(table["track"]) == {"A", "B"}


def test_fidelity_summarises_what_structure_holds(mapped):
    table, fidelity = pd.read_csv(mapped / "all.csv"), pd.read_csv(mapped / "fidelity.csv")
    row = fidelity.set_index(["method", "frames", "measure"]).loc[("jacobian", "other", "relative_l2")]
    values = table.query("method == 'jacobian' and frames == 'other' and measure == 'relative_l2'")["value"]
    assert row["median"] == pytest.approx(values.median())
    assert row["count"] == 2


def test_medians_are_taken_over_segments_and_their_range_is_told(tmp_path):
    """Six values of two seeds: the median and the extremes of all of them."""
    paths = []
    for seed, values in enumerate([(0.1, 0.5, 0.3), (0.2, 0.9, 0.4)]):
        rows = [
            ("sf", seed, "nca", segment, "A", "other", "relative_l2", "raw", value)
            for segment, value in enumerate(values)
        ]
        paths.append(tmp_path / f"{seed}.csv")
        pd.DataFrame(rows, columns=columns(Structure)).to_csv(paths[-1], index=False)
    tabulate_structure.main(
        measured=paths, structure=tmp_path / "all.csv", fidelity=tmp_path / "fidelity.csv"
    )
    (row,) = pd.read_csv(tmp_path / "fidelity.csv").to_dict("records")
    assert (row["median"], row["min"], row["max"], row["count"]) == (pytest.approx(0.35), 0.1, 0.9, 6)
    assert len(pd.read_csv(tmp_path / "all.csv")) == 6
