import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import Curve, SegmentCurve, columns
from singmap.mapping.result import MappingResult
from singmap.mapping.store import open_mappings, write_mappings
from singmap.runtime.errors import InputError


def result(value):
    curve = pd.DataFrame({"iteration": [0, 1], "loss": [2.0, value], "relative_l1": [np.nan, value]})
    return MappingResult(np.full((3, 3), value), curve.reindex(columns=columns(SegmentCurve)))


def test_segments_become_one_file_in_their_order(tmp_path):
    paths = tmp_path / "nca.npy", tmp_path / "nca_curve.csv"
    write_mappings(*paths, (result(value) for value in (0.0, 1.0)), 2)
    stack = open_mappings(tmp_path / "nca.npy", 2, 3)
    assert stack.dtype == np.float32
    assert stack[0].max() == 0
    assert stack[1].min() == 1
    curve = pd.read_csv(tmp_path / "nca_curve.csv")
    assert list(curve.columns) == columns(Curve)
    assert list(curve["segment"]) == [0, 0, 1, 1]
    assert list(curve["loss"]) == [2, 0, 2, 1]
    with pytest.raises(InputError, match=r"shape \(3, 3, 3\)"):
        open_mappings(tmp_path / "nca.npy", 3, 3)


def test_what_fails_on_the_way_leaves_no_files(tmp_path):
    def results():
        yield result(0.0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_mappings(tmp_path / "nca.npy", tmp_path / "nca_curve.csv", results(), 2)
    assert not list(tmp_path.iterdir())
