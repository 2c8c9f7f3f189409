"""Structure, harmonics and fidelity, drawn from one table."""

import pandas as pd

from tests.helpers import study_tables
from tests.helpers.report_files import outputs_of
from workflow.scripts import plot_structure


def test_three_figures_share_the_rows_of_the_table(tmp_path):
    tidy = study_tables.structure()
    tidy.to_csv(tmp_path / "structure.csv", index=False)
    names = ("structure", "harmonics", "fidelity")
    outputs = outputs_of(tmp_path / "figures", *names)
    plot_structure.main(structure=tmp_path / "structure.csv", outputs=outputs, settings={"dots_per_inch": 30})
    shown = {name: pd.read_csv(outputs[f"{name}_csv"]) for name in names}
    assert sum(map(len, shown.values())) == len(tidy)
    assert set(shown["structure"]["measure"]) == set(study_tables.SHAPES)
    assert set(shown["harmonics"]["measure"]) == set(study_tables.HARMONICS)
    assert set(shown["fidelity"]["measure"]) == set(study_tables.ERRORS)
