"""Planted mappings and controls, drawn from their tables."""

import pandas as pd

from tests.helpers import study_tables
from tests.helpers.report_files import outputs_of
from workflow.scripts import plot_trust


def test_recovery_and_controls_are_drawn(tmp_path):
    rows = [
        ("identity", "direct", 32, n_frames, method, 0.5, 0.75, 1.0)
        for n_frames in (9, 150)
        for method in ("nca", "jacobian")
    ]
    names = ["truth", "build", "n_bins", "n_frames", "method", "similarity", "diagonal_share"]
    planted = pd.DataFrame(rows, columns=[*names, "true_diagonal_share"])
    planted.to_csv(tmp_path / "planted.csv", index=False)
    tidy = study_tables.structure().query("method == 'nca' and seed == 0")
    controls = pd.concat([tidy.assign(control=control) for control in ("shuffled", "trained")])
    controls.to_csv(tmp_path / "controls.csv", index=False)
    outputs = outputs_of(tmp_path / "figures", "planted_truth", "controls")
    plot_trust.main(
        planted=tmp_path / "planted.csv",
        controls=tmp_path / "controls.csv",
        outputs=outputs,
        settings={"dots_per_inch": 30},
    )
    shown = pd.read_csv(outputs["planted_truth_csv"])
    assert shown["excess_diagonal_share"].tolist() == [-0.25] * 4
    assert pd.read_csv(outputs["controls_csv"])["control"].unique().tolist() == ["trained", "shuffled"]
