"""Several methods in one job: what each would give by itself, and none twice when the job is killed."""

import numpy as np
import pandas as pd
import pytest

from singmap.mapping import run
from tests.helpers.mapped_models import METHODS, SETTINGS
from workflow.scripts import map_together


def test_methods_that_do_not_iterate_have_one_record_per_segment(mapped):
    assert len(pd.read_csv(mapped / f"{METHODS[-1]}.csv")) == 2


@pytest.fixture
def examine(mapped, tmp_path):
    """Run the job for some methods; returns its outputs."""

    def run(methods, dtype, settings=None):
        endings = {"mapping": ".npy", "curve": ".csv"}
        outputs = {
            f"{method}_{kind}": tmp_path / f"{method}{ending}"
            for method in methods
            for kind, ending in endings.items()
        }
        files = {"weights": "weights.safetensors", "provenance": "provenance.json"}
        files |= {"segments": "segments.csv", "mixture": "mixture.npy"}
        map_together.main(
            **{name: mapped / place for name, place in files.items()},
            outputs=outputs, model="sf", seed=3, methods=methods, settings=settings or {}, dtype=dtype,
            device="cpu", gpu_slots=0, code={}, unfinished=tmp_path / "unfinished",
        )  # fmt: skip
        return outputs

    return run


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_several_methods_give_what_each_gives_alone(mapped, examine, tmp_path, dtype):
    outputs = examine(["diagonal", "jacobian"], dtype)
    diagonal, jacobian = (np.load(outputs[f"{method}_mapping"]) for method in ("diagonal", "jacobian"))
    assert diagonal.dtype == jacobian.dtype == dtype
    rounding = 0 if dtype == "float32" else 2**-11
    np.testing.assert_allclose(
        jacobian, np.load(mapped / "jacobian.npy"), rtol=rounding, atol=1e-7 * (rounding > 0)
    )
    assert diagonal.shape == (2, jacobian.shape[1]), "one gain per bin"
    assert not (tmp_path / "unfinished").exists()


def test_iterations_give_what_they_give_alone(mapped, examine):
    outputs = examine(["jacobian", "nca"], "float32", SETTINGS)
    np.testing.assert_array_equal(np.load(outputs["nca_mapping"]), np.load(mapped / "nca.npy"))
    assert outputs["nca_curve"].read_bytes() == (mapped / "nca.csv").read_bytes()


def test_a_killed_job_examines_no_segment_twice(examine, monkeypatch):
    """Snakemake deletes what a killed job has written, also by the methods that were done."""
    done, own = [], run.map_segments

    def map_segments(method, *rest):
        if len(done) == 3:
            done.append("killed")
            raise SystemExit(143)
        done.append(method)
        return own(method, *rest)

    monkeypatch.setattr(run, "map_segments", map_segments)
    with pytest.raises(SystemExit):
        examine(["jacobian", "diagonal"], "float32")
    outputs = examine(["jacobian", "diagonal"], "float32")
    assert done == ["jacobian", "jacobian", "diagonal", "killed", "diagonal"]
    assert len(np.load(outputs["jacobian_mapping"])) == 2
