"""Draw what decides the hypotheses: effects, measures beside controls, and how they grew in training."""

from pathlib import Path
from typing import Any

from singmap.files.tables import (
    EffectFigure,
    SubjectFigure,
    TrackMeasures,
    Training,
    TrajectoryFigure,
    Verdicts,
    read_table,
)
from singmap.report.few import draw_few
from singmap.report.figures.effects import draw_effects, effect_table
from singmap.report.figures.subjects import draw_subjects, subject_table
from singmap.report.figures.trajectories import draw_trajectories, trajectory_table
from singmap.report.style import N_COLOURS, files_of_figures, save_figure
from singmap.runtime.job import run
from singmap.study.hypotheses import read_hypotheses

FAMILIES = {"effects": ["findings"], "effects_other": ["published", "exploratory"]}


def main(
    *, verdicts: Path, measures: Path, training: Path, sources: Path, outputs: dict[str, Path],
    settings: dict[str, Any],
) -> None:  # fmt: skip
    """Draw R/tables/verdicts.csv and measures.csv; `sources` holds the hypotheses."""
    figures, dots_per_inch = files_of_figures(outputs), settings["dots_per_inch"]
    schema = sources / "schemas" / "hypotheses.schema.yaml"
    hypotheses = read_hypotheses(sources / "hypotheses.yaml", schema)
    judged, measured = read_table(verdicts, Verdicts), read_table(measures, TrackMeasures)
    for name, families in FAMILIES.items():
        table = effect_table(judged, families)
        save_figure(draw_effects(table), table, EffectFigure, figures[name], dots_per_inch)
    table = subject_table(measured, hypotheses)
    save_figure(
        draw_few(draw_subjects, table, settings["models_max"]),
        table,
        SubjectFigure,
        figures["subjects"],
        dots_per_inch,
    )
    table = trajectory_table(measured, read_table(training, Training), hypotheses)
    grown = draw_few(draw_trajectories, table, min(settings["models_max"], N_COLOURS))
    save_figure(grown, table, TrajectoryFigure, figures["trajectories"], dots_per_inch)


if __name__ == "__main__":
    run(main)
