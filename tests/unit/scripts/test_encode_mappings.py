"""One model's matrices for the explorer: a file for every track, all methods and segments in it."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import Segments, columns
from singmap.report.matrix_codes import cell_starts, decode_levels, decode_matrix
from singmap.report.side_files import read_side_file
from singmap.runtime.errors import InputError
from tests.helpers.report_files import STFT
from workflow.scripts import encode_mappings

N_BINS = 513
SETTINGS = {"stft": STFT}


@pytest.fixture
def files(tmp_path):
    """Two segments of one track and one of another; the gains are 1, -2 and 3, the inputs 1, 2 and 3."""
    inputs = np.repeat(np.float32([1, 2, 3]), 2)[:, None] * np.ones(N_BINS, np.float32)
    np.save(tmp_path / "mixture.npy", inputs)
    rows = [(n, track, track, 2 * n, 2, 0, 6, 0.1 * n) for n, track in enumerate(["one", "one", "two"])]
    pd.DataFrame(rows, columns=columns(Segments)).to_csv(tmp_path / "segments.csv", index=False)
    gains = np.float32([1, -2, 3])[:, None, None] * np.ones((N_BINS, N_BINS), np.float32)
    paths = {"jacobian": gains, "diagonal": gains * np.eye(N_BINS, dtype=np.float32)}
    for method, stack in paths.items():
        np.save(tmp_path / f"{method}.npy", stack)
    return {
        "mappings": [tmp_path / f"{method}.npy" for method in paths],
        "segments": tmp_path / "segments.csv",
        "mixture": tmp_path / "mixture.npy",
        "matrices": tmp_path / "sf_seed1",
        "model": "sf",
        "seed": 1,
    }


def test_every_track_has_a_file_with_its_own_segments(files):
    encode_mappings.main(**files, settings=SETTINGS)
    starts = cell_starts(np.arange(N_BINS) * 44100 / 1024)
    assert sorted(path.name for path in files["matrices"].iterdir()) == ["one.js", "two.js"]
    for track, expected in {"one": {0: (1, 1), 1: (-2, 2)}, "two": {2: (3, 3)}}.items():
        key, entries = read_side_file(files["matrices"] / f"{track}.js")
        assert key == f"matrices/sf_seed1/{track}"
        assert [entry["segment"] for entry in entries] == list(expected)
        for entry in entries:
            gain, level = expected[entry["segment"]]
            dense = decode_matrix(entry["methods"]["jacobian"], starts)
            np.testing.assert_allclose(dense.mean, gain)
            sparse = decode_matrix(entry["methods"]["diagonal"], starts)
            np.testing.assert_allclose(sparse.diagonal, gain)
            assert np.count_nonzero(sparse.rms) < len(starts)
            np.testing.assert_allclose(decode_levels(entry["input"]), level)


def test_a_matrix_that_is_not_finite_is_named(files, tmp_path):
    stack = np.load(tmp_path / "jacobian.npy")
    stack[2, 5, 7] = np.nan
    np.save(tmp_path / "jacobian.npy", stack)
    with pytest.raises(InputError, match=r"jacobian\.npy"):
        encode_mappings.main(**files, settings=SETTINGS)
