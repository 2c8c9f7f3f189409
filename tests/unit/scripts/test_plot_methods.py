"""Figures of what methods find, drawn from tables and curves."""

import pandas as pd
import pytest

from singmap.files.tables import Controls, Curve, Planted, columns
from tests.helpers import study_tables
from tests.helpers.report_files import ALL_FIGURES, outputs_of
from workflow.scripts import plot_methods

NAMES = ("structure", "harmonics", "fidelity", "planted_truth", "convergence")
SETTINGS = {"iterations": 600, "lobe_bins": 2} | ALL_FIGURES


@pytest.fixture
def drawn(tmp_path):
    """A function that draws all figures with these curves; returns their data."""
    tidy = study_tables.structure()
    tidy.to_csv(tmp_path / "structure.csv", index=False)
    of_nca = tidy.query("method == 'nca' and seed == 0")
    controls = pd.concat([of_nca.assign(control=control) for control in ("shuffled", "trained")])
    controls[columns(Controls)].to_csv(tmp_path / "controls.csv", index=False)
    known = {"truth": "identity", "build": "direct", "n_bins": 32, "n_frames": 9, "similarity": 0.5}
    shares = {"method": "nca", "diagonal_share": 0.75, "true_diagonal_share": 1.0}
    study_tables.filled(Planted, [known | shares]).to_csv(tmp_path / "planted.csv", index=False)
    tables = {name: tmp_path / f"{name}.csv" for name in ("structure", "controls", "planted")}

    def draw(curves):
        outputs = outputs_of(tmp_path / "figures", *NAMES)
        plot_methods.main(**tables, curves=curves, outputs=outputs, settings=SETTINGS)
        assert all(path.stat().st_size for path in outputs.values())
        return {name: pd.read_csv(outputs[f"{name}_csv"]) for name in NAMES}

    return draw


def test_figures_show_their_measures_beside_controls(drawn):
    shown = drawn([])
    assert set(shown["structure"]["control"]) == {"trained", "shuffled"}
    assert set(shown["harmonics"]["measure"]) == set(study_tables.HARMONICS)
    assert set(shown["fidelity"]["control"]) == {"trained"}
    assert shown["planted_truth"]["excess_diagonal_share"].tolist() == [-0.25]
    assert shown["convergence"].empty


def test_model_seed_and_method_are_read_from_where_a_curve_lies(drawn, tmp_path):
    path = tmp_path / "mappings" / "my_model" / "seed12" / "nca_equal_fidelity_curve.csv"
    path.parent.mkdir(parents=True)
    curve = {"segment": 0, "iteration": [0, 10, 20], "loss": [8.0, 4.0, 2.0], "relative_l1": 0.5}
    study_tables.filled(Curve, curve).to_csv(path, index=False)
    table = drawn([path])["convergence"]
    names = table[["model", "seed", "method"]].drop_duplicates()
    assert names.to_numpy().tolist() == [["my_model", 12, "nca_equal_fidelity"]]
    loss = table[table["quantity"] == "relative_loss"]
    assert loss["value"].tolist() == pytest.approx([1, 0.5, 0.25])
