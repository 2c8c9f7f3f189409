"""Loss curves, drawn from the histories of all models and seeds."""

import pandas as pd

from singmap.files.tables import History
from tests.helpers import study_tables
from tests.helpers.report_files import ALL_FIGURES, outputs_of
from workflow.scripts import plot_training


def test_model_and_seed_are_read_from_where_a_history_lies(tmp_path):
    paths = []
    for (model, seed), history in study_tables.histories().groupby(["model", "seed"], sort=False):
        path = tmp_path / model / f"seed{seed}" / "history.csv"
        path.parent.mkdir(parents=True)
        study_tables.filled(History, history.drop(columns=["model", "seed"])).to_csv(path, index=False)
        paths.append(path)
    outputs = outputs_of(tmp_path, "loss_curves")
    plot_training.main(histories=paths, outputs=outputs, settings={"loss": "mse"} | ALL_FIGURES)
    pd.testing.assert_frame_equal(pd.read_csv(outputs["loss_curves_csv"]), study_tables.histories())
    assert "(mse)" in outputs["loss_curves_svg"].read_text()


def test_without_trained_models_the_figure_is_drawn_nonetheless(tmp_path):
    outputs = outputs_of(tmp_path / "figures", "loss_curves")
    plot_training.main(histories=[], outputs=outputs, settings={"loss": "mse"} | ALL_FIGURES)
    assert pd.read_csv(outputs["loss_curves_csv"]).empty
