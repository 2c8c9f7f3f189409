"""Convergence, drawn from the curves that the mappings left."""

import pandas as pd
import pytest

from singmap.files.tables import Curve
from tests.helpers import study_tables
from tests.helpers.report_files import outputs_of
from workflow.scripts import plot_convergence

SETTINGS = {"iterations": 600, "dots_per_inch": 30}


def test_model_seed_and_method_are_read_from_where_a_curve_lies(tmp_path):
    path = tmp_path / "mappings" / "my_model" / "seed12" / "nca_equal_fidelity_curve.csv"
    path.parent.mkdir(parents=True)
    curve = {"segment": 0, "iteration": [0, 10, 20], "loss": [8.0, 4.0, 2.0], "relative_l1": 0.5}
    study_tables.filled(Curve, curve).to_csv(path, index=False)
    outputs = outputs_of(tmp_path / "figures", "convergence")
    plot_convergence.main(curves=[path], outputs=outputs, settings=SETTINGS)
    table = pd.read_csv(outputs["convergence_csv"])
    assert table[["model", "seed", "method"]].drop_duplicates().to_numpy().tolist() == [
        ["my_model", 12, "nca_equal_fidelity"]
    ]
    loss = table[table["quantity"] == "relative_loss"]
    assert loss["value"].tolist() == pytest.approx([1, 0.5, 0.25])


def test_a_study_without_curves_gets_a_figure_that_says_so(tmp_path):
    outputs = outputs_of(tmp_path / "figures", "convergence")
    plot_convergence.main(curves=[], outputs=outputs, settings=SETTINGS)
    assert pd.read_csv(outputs["convergence_csv"]).empty
    assert all(path.stat().st_size for path in outputs.values())
