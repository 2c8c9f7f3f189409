"""Controls beside what the same methods say of the trained model."""

import pandas as pd

from workflow.scripts import tabulate_controls


def test_controls_stand_beside_the_model_on_the_segment_that_was_examined(mapped):
    table = pd.read_csv(mapped / "controls.csv")
    assert set(table["control"]) == {"trained", "all_ones", "scalar", "untrained", "shuffled", "band"}
    assert set(table["segment"]) == {0, 1}


def test_the_model_stands_there_on_no_segment_that_controls_were_not_examined_on(mapped, tmp_path):
    tabulate_controls.main(
        examined=[mapped / "first.csv"],
        measured=[mapped / "structure.csv"],
        controls=tmp_path / "controls.csv",
    )
    assert set(pd.read_csv(tmp_path / "controls.csv")["segment"]) == {0}


def test_all_ones_couplings_stand_beside_the_nca_or_nowhere(mapped, tmp_path):
    """Without it their bar would stand in an empty row."""
    examined = pd.read_csv(mapped / "examined.csv")
    examined[examined["method"] == "jacobian"].to_csv(tmp_path / "examined.csv", index=False)
    tabulate_controls.main(
        examined=[tmp_path / "examined.csv"],
        measured=[mapped / "structure.csv"],
        controls=tmp_path / "controls.csv",
    )
    table = pd.read_csv(tmp_path / "controls.csv")
    assert set(table["method"]) == {"jacobian"}
    assert set(table["control"]) == {"trained", "scalar", "untrained", "shuffled", "band"}
