"""All measures in one table: rows of every file, and the shares of NCA's matrices."""

import pandas as pd

from singmap.files.tables import ModelMeasures, Skipped, TrackMeasures, read_table, write_table
from workflow.scripts import tabulate_measures


def test_rows_of_all_files_and_of_the_matrices_stand_together(mapped, tmp_path):
    keys = {"model": "sf", "seed": 3, "track_id": "a", "track": "A", "subject": "trained", "weights": "best"}
    for name in ("one", "two"):
        rows = pd.DataFrame([keys | {"measure": name, "value": 0.5}])
        write_table(tmp_path / f"{name}.csv", rows, ModelMeasures)
    tabulate_measures.main(
        measured=[tmp_path / "one.csv", tmp_path / "two.csv"],
        structure=mapped / "all.csv",
        controls=mapped / "controls.csv",
        segments=mapped / "segments.csv",
        measures=tmp_path / "measures.csv",
        skipped=tmp_path / "skipped.csv",
        settings={"lobe_bins": 2, "functions": ["conv"], "layer_methods": ["nca_ones"]},
    )
    table = read_table(tmp_path / "measures.csv", TrackMeasures)
    counts = table.groupby(["measure", "subject"]).size().to_dict()
    assert counts == {
        ("one", "trained"): 1,
        ("two", "trained"): 1,
        ("nca_band_share", "trained"): 2,
        ("nca_band_share", "untrained"): 2,
        ("nca_band_share", "shuffled"): 2,
        ("nca_band_share", "band"): 2,
    }
    structure = pd.read_csv(mapped / "all.csv").query(
        "method == 'nca' and measure == 'band_share_2' and weighting == 'input_weighted' and segment == 1"
    )
    found = table.query("measure == 'nca_band_share' and subject == 'trained' and track_id == 'b'")
    assert found["value"].tolist() == structure["value"].tolist()
    skipped = read_table(tmp_path / "skipped.csv", Skipped)
    assert skipped.iloc[0].tolist() == ["conv", "method", "nca_ones", "needs layers"]
