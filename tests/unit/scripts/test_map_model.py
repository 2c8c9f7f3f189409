"""One method's matrices and curves of a model, for every segment."""

import numpy as np
import pandas as pd
import pytest

from tests.helpers.mapped_models import METHODS, N_BINS


def test_mappings_hold_every_segment_and_curves_every_iteration(mapped):
    assert {np.load(mapped / f"{method}.npy").shape for method in METHODS} == {(2, N_BINS, N_BINS)}
    curve = pd.read_csv(mapped / "nca.csv")
    assert list(curve["segment"]) == [0] * 4 + [1] * 4
    assert list(curve["iteration"]) == [0, 1, 2, 3] * 2
    assert list(curve["relative_l1"].notna()) == [True, False, True, True] * 2


@pytest.mark.parametrize("method", METHODS)
def test_a_finished_job_leaves_matrix_and_curve_and_nothing_unfinished(mapped, method):
    matrices = np.load(mapped / f"{method}.npy")
    assert matrices.dtype == np.float32
    assert np.isfinite(matrices).all()
    is_one_for_all = np.array_equal(matrices[0], matrices[1])
    assert is_one_for_all == (method == "nca_ones"), "all-ones couplings show the model, whatever its input"
    assert (mapped / f"{method}.csv").is_file()
    assert not (mapped / "unfinished").exists()
