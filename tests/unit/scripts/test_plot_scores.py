"""Figures of the scores, drawn from the tables."""

import pandas as pd

from tests.helpers import study_tables
from tests.helpers.report_files import ALL_FIGURES, outputs_of
from workflow.scripts import plot_scores


def test_score_figures_leave_out_what_short_pieces_cannot_show(tmp_path, tables):
    (tmp_path / "figures").mkdir()
    outputs = outputs_of(tmp_path / "figures", "scores", "differences")
    plot_scores.main(
        scores=tables["scores"],
        summary=tables["score_summary"],
        statistics=tables["statistics"],
        outputs=outputs,
        settings={"models": study_tables.MODELS, "confidence": 0.95, "reference": None} | ALL_FIGURES,
    )
    assert set(pd.read_csv(outputs["scores_csv"])["metric"]) == {"SDR", "ISR"}
    assert set(pd.read_csv(outputs["differences_csv"])["metric"]) == {"SDR"}
