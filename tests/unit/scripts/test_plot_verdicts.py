"""The figures about verdicts, drawn from the study's tables and its own hypotheses."""

import pandas as pd

from singmap.files.tables import Training, Verdicts, columns
from tests.helpers.report_files import ALL_FIGURES, outputs_of
from tests.helpers.study_tables import filled
from tests.helpers.track_measures import measured
from workflow.scripts import plot_verdicts


def test_families_part_and_every_figure_has_its_data(root, tmp_path):
    families = ("findings", "published", "exploratory")
    asked = [{"id": name, "family": name, "verdict": "undecided", "direction": "above"} for name in families]
    filled(Verdicts, asked)[columns(Verdicts)].to_csv(tmp_path / "verdicts.csv", index=False)
    filled(Training, [{"model": "dae", "seed": 0, "best_epoch": 7}]).to_csv(
        tmp_path / "training.csv", index=False
    )
    untrained = measured("outside_effect", subject="untrained", weights="epoch0", n_seeds=1)
    pd.concat([measured("outside_effect", n_seeds=1), untrained]).to_csv(
        tmp_path / "measures.csv", index=False
    )
    outputs = outputs_of(tmp_path / "figures", "effects", "effects_other", "subjects", "trajectories")
    tables = {name: tmp_path / f"{name}.csv" for name in ("verdicts", "measures", "training")}
    plot_verdicts.main(**tables, sources=root / "workflow", outputs=outputs, settings=ALL_FIGURES)
    shown = {name: pd.read_csv(outputs[f"{name}_csv"]) for name in ("effects", "effects_other", "subjects")}
    assert shown["effects"]["id"].tolist() == ["findings"]
    assert shown["effects_other"]["id"].tolist() == ["published", "exploratory"]
    assert set(shown["subjects"]["subject"]) == {"trained", "untrained"}
    assert sorted(pd.read_csv(outputs["trajectories_csv"])["epoch"]) == [0, 7]
    assert all(path.stat().st_size for path in outputs.values())
