"""One method's matrices and curves of a model, for every segment."""

import numpy as np
import pandas as pd
import pytest

from singmap.runtime.errors import InputError
from tests.helpers.mapped_models import METHODS, N_BINS, SETTINGS
from workflow.scripts import map_model


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


@pytest.fixture
def job(mapped, tmp_path):
    """Map the model of `mapped` once more, by one method on one device."""

    def run(method, device, gpu_slots):
        map_model.main(
            weights=mapped / "weights.safetensors", provenance=mapped / "provenance.json",
            segments=mapped / "segments.csv", mixture=mapped / "mixture.npy", model="sf", seed=3,
            method=method, mapping=tmp_path / "mapping.npy", curve=tmp_path / "curve.csv",
            settings=SETTINGS, dtype="float32", code={}, unfinished=tmp_path / "kept", device=device,
            gpu_slots=gpu_slots,
        )  # fmt: skip
        return np.load(tmp_path / "mapping.npy")

    return run


def test_a_job_on_a_gpu_gives_the_matrices_of_the_cpu(mapped, job, fake_gpu, monkeypatch):
    monkeypatch.setattr("singmap.compute.device.claim_device", lambda identifiers: 0)
    for method in ("nca", "jacobian"):
        products = len(fake_gpu.products)
        np.testing.assert_allclose(job(method, "cuda", 1), np.load(mapped / f"{method}.npy"), atol=1e-4)
        assert len(fake_gpu.products) > products


def test_a_method_that_uses_no_gpu_needs_none(job):
    """The rule grants it none, also where the configuration insists on GPUs."""
    assert np.array_equal(job("diagonal", "cuda", 0), job("diagonal", "cpu", 0))
    with pytest.raises(InputError, match="device"):
        job("nca", "cuda", 0)


def test_a_card_that_is_too_small_says_what_to_lower(job, fake_gpu, monkeypatch):
    monkeypatch.setattr("singmap.compute.device.claim_device", lambda identifiers: 0)
    fake_gpu.free_bytes = 100
    with pytest.raises(InputError, match=r"out of memory.*lower mapping\.segment_frames"):
        job("nca", "cuda", 1)
