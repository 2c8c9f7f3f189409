"""All methods that take seconds, in one job: what each would give by itself."""

import numpy as np
import pandas as pd
import pytest

from tests.helpers.mapped_models import METHODS
from workflow.scripts import map_directly


def test_methods_that_do_not_iterate_have_one_record_per_segment(mapped):
    assert len(pd.read_csv(mapped / f"{METHODS[-1]}.csv")) == 2


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_several_methods_give_what_each_gives_alone(mapped, tmp_path, dtype):
    methods = ["diagonal", "jacobian"]
    endings = {"mapping": ".npy", "curve": ".csv"}
    outputs = {
        f"{method}_{kind}": tmp_path / f"{method}{ending}"
        for method in methods
        for kind, ending in endings.items()
    }
    files = {"weights": "weights.safetensors", "provenance": "provenance.json", "segments": "segments.csv"}
    map_directly.main(
        **{name: mapped / place for name, place in files.items()},
        mixture=mapped / "mixture.npy",
        outputs=outputs,
        model="sf",
        seed=3,
        methods=methods,
        settings={},
        dtype=dtype,
        device="cpu",
        gpu_slots=0,
        code={},
        unfinished=tmp_path / "unfinished",
    )
    jacobian, diagonal = (np.load(outputs[f"{method}_mapping"]) for method in reversed(methods))
    assert jacobian.dtype == diagonal.dtype == dtype
    rounding = 0 if dtype == "float32" else 2**-11
    np.testing.assert_allclose(
        jacobian, np.load(mapped / "jacobian.npy"), rtol=rounding, atol=1e-7 * (rounding > 0)
    )
    assert diagonal.shape == (2, jacobian.shape[1]), "one gain per bin"
    assert not (tmp_path / "unfinished").exists()
