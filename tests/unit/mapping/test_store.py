"""Matrices in files: order, number format, diagonals as vectors, and no file where writing failed."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import Curve, SegmentCurve, columns
from singmap.mapping.measures import shape_measures
from singmap.mapping.result import MappingResult
from singmap.mapping.store import open_mappings, write_curves, write_stack
from singmap.runtime.errors import InputError


def result(value):
    curve = pd.DataFrame({"iteration": [0, 1], "loss": [2.0, value], "relative_l1": [np.nan, value]})
    return MappingResult(np.full((3, 3), value), curve.reindex(columns=columns(SegmentCurve)))


def test_segments_become_one_file_in_their_order(tmp_path):
    results = list(map(result, (0.0, 1.0)))
    write_stack(tmp_path / "nca.npy", lambda: (found.matrix for found in results), 2)
    write_curves(tmp_path / "nca_curve.csv", results)
    stack = open_mappings(tmp_path / "nca.npy", 2, 3)
    assert len(stack) == len(list(stack)) == 2
    assert stack[0].dtype == np.float32
    assert stack[0].max() == 0
    assert stack[1].min() == 1
    curve = pd.read_csv(tmp_path / "nca_curve.csv")
    assert list(curve.columns) == columns(Curve)
    assert list(curve["segment"]) == [0, 0, 1, 1]
    assert list(curve["loss"]) == [2, 0, 2, 1]
    with pytest.raises(InputError, match=r"shape \(3, 3, 3\)"):
        open_mappings(tmp_path / "nca.npy", 3, 3)


def test_what_fails_on_the_way_leaves_no_files(tmp_path):
    times = iter(range(2))

    def matrices():
        yield result(0.0).matrix
        if next(times):  # the second time, when the first matrix is written
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_stack(tmp_path / "nca.npy", matrices, 2)
    assert not list(tmp_path.iterdir())


def stored(tmp_path, *matrices, dtype="float16"):
    """What these matrices are stored as, and what is read of it."""
    path, single = tmp_path / "m.npy", [np.asarray(matrix, np.float32) for matrix in matrices]
    write_stack(path, lambda: single, len(single), dtype)
    return np.load(path), list(open_mappings(path, len(single), len(single[0])))


def test_diagonals_are_stored_as_vectors_unless_one_matrix_has_more(tmp_path):
    gains = np.array([[0.5, 0, 2], [1, 0.25, 0]])
    file, read = stored(tmp_path, *map(np.diag, gains))
    np.testing.assert_array_equal(file, gains)
    np.testing.assert_array_equal(read, list(map(np.diag, gains)))
    full = np.diag(gains[0])
    full[0, 2] = 1
    file, read = stored(tmp_path, np.diag(gains[1]), full)
    np.testing.assert_array_equal(read, [np.diag(gains[1]), full])


@pytest.fixture
def couplings():
    """A matrix as NCA leaves it: a strong diagonal, a band beside it, and noise everywhere."""
    rng, n_bins = np.random.default_rng(0), 300
    matrix = 2e-3 * rng.standard_normal((n_bins, n_bins))
    matrix += np.diag(rng.lognormal(-1, 1, n_bins)) + np.diag(0.1 * rng.random(n_bins - 1), 1)
    return matrix.astype(np.float32)


def test_measures_of_half_precision_are_those_of_the_matrix(tmp_path, couplings):
    """Shares to a tenth of a per mille; the effective rank, to which rounding is noise, to 1 percent."""
    file, (read,) = stored(tmp_path, couplings)
    assert file.dtype == np.float16
    before, after = (shape_measures(matrix, [2]) for matrix in (couplings, read))
    assert after["effective_rank"] == pytest.approx(before.pop("effective_rank"), rel=0.01)
    assert {name: after[name] for name in before} == pytest.approx(before, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_gains_too_small_or_too_large_for_half_precision_stay_single(tmp_path, couplings, scale):
    file, (read,) = stored(tmp_path, couplings, scale * couplings)[0], stored(tmp_path, scale * couplings)[1]
    assert file.dtype == np.float32
    np.testing.assert_array_equal(read, np.float32(scale * couplings))


def test_single_precision_is_kept_where_it_is_asked_for(tmp_path, couplings):
    file, (read,) = stored(tmp_path, couplings, dtype="float32")
    assert file.dtype == np.float32
    np.testing.assert_array_equal(read, couplings)
