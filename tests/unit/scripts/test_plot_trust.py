"""Planted mappings and controls, drawn from their tables."""

import pandas as pd

from singmap.files.tables import Controls, Planted, columns
from tests.helpers import study_tables
from tests.helpers.report_files import outputs_of
from workflow.scripts import plot_trust


def test_recovery_and_controls_are_drawn(tmp_path):
    known = {"truth": "identity", "build": "direct", "n_bins": 32, "similarity": 0.5}
    shares = {"diagonal_share": 0.75, "true_diagonal_share": 1.0}
    rows = [
        known | shares | {"n_frames": n_frames, "method": method}
        for n_frames in (9, 150)
        for method in ("nca", "jacobian")
    ]
    planted = study_tables.filled(Planted, rows)
    planted.to_csv(tmp_path / "planted.csv", index=False)
    tidy = study_tables.structure().query("method == 'nca' and seed == 0")
    controls = pd.concat([tidy.assign(control=control) for control in ("shuffled", "trained")])
    controls[columns(Controls)].to_csv(tmp_path / "controls.csv", index=False)
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
