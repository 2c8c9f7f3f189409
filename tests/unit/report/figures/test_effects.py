"""The forest of effects: marks and intervals where the table has them, shaded on the hypothesis's side."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from singmap.files.tables import EffectFigure, Verdicts, columns
from singmap.report.figures.effects import draw_effects, effect_table
from singmap.report.style import BAND, MODEL_COLOURS
from tests.helpers.study_tables import filled

COMMON = {"family": "findings", "measure": "outside_effect", "direction": "below", "threshold": 0.25}
ROWS = [
    COMMON | {"id": "A", "model": "dae", "effect": 0.1, "low": 0.05, "high": 0.2, "verdict": "supported"},
    COMMON | {"id": "B", "model": "sf", "effect": 0.5, "verdict": "not testable"},
    COMMON
    | {"id": "C", "model": "sf", "minus": "dae", "direction": "above", "threshold": 0.0}
    | {"effect": 3.0, "low": -1.0, "high": 4.0, "verdict": "undecided"},
    COMMON | {"id": "D", "family": "published", "model": "dae", "verdict": "not testable"},
]


@pytest.fixture
def verdicts():
    return filled(Verdicts, ROWS)


def marks_of(ax):
    return [line for line in ax.lines if line.get_linestyle() == "None"]


def shades_of(ax):
    return [patch for patch in ax.patches if to_hex(patch.get_facecolor()) == BAND]


def test_a_figure_takes_its_families_and_keeps_all_columns(verdicts):
    table = effect_table(verdicts, ["published", "findings"])
    assert table["id"].tolist() == ["D", "A", "B", "C"]
    assert list(table.columns) == columns(EffectFigure)
    assert effect_table(verdicts, ["published"])["id"].tolist() == ["D"]


def test_differences_stand_on_an_axis_of_their_own(verdicts):
    figure = draw_effects(effect_table(verdicts, ["findings"]))
    models, differences = figure.axes
    assert [label.get_text() for label in models.get_yticklabels()] == ["dae", "sf"]
    assert [label.get_text() for label in differences.get_yticklabels()] == ["sf − dae"]
    assert models.get_xlim()[1] < 1 < differences.get_xlim()[1], "a large difference leaves the models' axis"


def test_marks_and_intervals_are_those_of_the_table(verdicts):
    ax = draw_effects(effect_table(verdicts, ["findings"])).axes[0]
    assert [float(mark.get_xdata()[0]) for mark in marks_of(ax)] == [0.1, 0.5]
    decided, untested = marks_of(ax)
    assert decided.get_markerfacecolor() == MODEL_COLOURS["dae"]
    assert untested.get_markerfacecolor() == "white"
    assert decided.get_marker() != untested.get_marker(), "told apart without colours"
    thick = [lines.get_segments()[0] for lines in ax.collections if lines.get_linewidth()[0] == 2]
    drawn = [ends[:, 0].tolist() for ends in thick if ends.size and np.isfinite(ends).all()]
    assert drawn == [[0.05, 0.2]], "no interval where nothing was tested"


def test_the_shade_lies_on_the_side_of_the_hypothesis(verdicts):
    below, above = draw_effects(effect_table(verdicts, ["findings"])).axes
    for shade in shades_of(below):
        assert sorted([shade.get_x(), shade.get_x() + shade.get_width()])[1] == pytest.approx(0.25)
    (shade,) = shades_of(above)
    assert sorted([shade.get_x(), shade.get_x() + shade.get_width()])[0] == 0.0


def test_every_row_says_its_verdict_and_every_mark_is_explained(verdicts):
    figure = draw_effects(effect_table(verdicts, ["findings"]))
    told = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert told == ["A: supported", "B: not testable", "C: undecided"]
    explained = [text.get_text() for text in figure.legends[0].texts]
    assert {"supported", "not testable", "undecided", "threshold"} < set(explained)
    assert "contradicted" not in explained


def test_what_was_never_asked_or_measured_is_said(verdicts):
    assert (
        "No hypothesis" in draw_effects(effect_table(verdicts, ["exploratory"])).axes[0].texts[0].get_text()
    )
    (ax,) = draw_effects(effect_table(verdicts, ["published"])).axes
    assert pd.isna(marks_of(ax)[0].get_xdata()[0])
    assert np.isfinite(ax.get_xlim()).all()
