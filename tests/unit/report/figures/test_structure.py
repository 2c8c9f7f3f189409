"""Structure of matrices beside controls: every value at its method and model, and what is beyond the axis."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import MeasureFigure, columns
from singmap.report.figures import structure
from singmap.report.style import MODEL_COLOURS
from tests.helpers import study_tables

LOBE_BINS = 2


@pytest.fixture
def measured():
    tidy = study_tables.structure()
    of_first = tidy[tidy["method"].isin(["nca", "jacobian"]) & (tidy["seed"] == 0)]
    shifts = {"scalar": 0.25, "untrained": -0.3, "trained": 0.0, "all_ones": 0.0}
    controls = [of_first.assign(control=name, value=of_first["value"] + by) for name, by in shifts.items()]
    return structure.beside_controls(tidy, pd.concat(controls))


def marks(ax, marker):
    return [line for line in ax.lines if line.get_marker() == marker]


def test_trained_models_come_from_their_own_table_and_all_ones_stand_as_a_method(measured):
    assert set(measured["control"]) == {"trained", "scalar", "untrained"}
    assert (measured["control"] == "trained").sum() == len(study_tables.structure())


def test_shares_show_every_seed_beside_its_median_in_its_methods_row(measured):
    table = structure.share_table(measured, LOBE_BINS)
    assert list(table.columns) == columns(MeasureFigure)
    assert set(table["measure"]) == {"diagonal_share", "band_share_2"}
    figure = structure.draw_shares(table)
    ax = figure.axes[0]
    methods = [label.get_text() for label in ax.get_yticklabels()]
    assert methods[0] == "NCA"
    of_dae = table.query(
        "measure == 'diagonal_share' and weighting == 'raw' and model == 'dae'"
        " and method == 'nca' and control == 'trained'"
    )
    drawn = [line for line in marks(ax, "o") if line.get_color() == MODEL_COLOURS["dae"]]
    assert sorted(drawn[0].get_xdata()) == sorted(of_dae["value"])
    assert set(np.round(drawn[0].get_ydata())) == {0}
    bars = [lines.get_segments()[0] for lines in ax.collections]
    assert of_dae["value"].median() in [bar[0, 0] for bar in bars]


def test_controls_are_hollow_marks_of_their_own_kind(measured):
    ax = structure.draw_shares(structure.share_table(measured, LOBE_BINS)).axes[0]
    scalar = marks(ax, structure.CONTROLS["scalar"])
    assert {line.get_markerfacecolor() for line in scalar} == {"none"}
    assert len(scalar) == 3 * 2, "three models, two methods"
    assert marks(ax, structure.CONTROLS["shuffled"]) == []


def test_harmonics_are_shaded_over_all_that_controls_show(measured):
    table = structure.harmonic_table(measured)
    assert set(table["weighting"]) == {"input_weighted"}
    figure = structure.draw_harmonics(table)
    assert len(figure.axes) == 3
    (shade,) = figure.axes[0].patches
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == pytest.approx((0.2, 0.75))
    told = [text.get_text() for text in figure.legends[0].texts]
    assert {"no preference", "range of the controls"} < set(told)


def test_errors_beyond_the_axis_are_written_each_in_its_own_line(measured):
    table = structure.fidelity_table(measured)
    assert set(table["measure"]) == set(structure.FIDELITY)
    assert set(table["control"]) == {"trained"}
    table.loc[(table["method"] == "nca_ones") & (table["model"] != "mdae"), "value"] = 4337.74
    figure = structure.draw_fidelity(table)
    assert [ax.get_title() for ax in figure.axes] == ["optimised frames", "other frames"]
    ax = figure.axes[0]
    assert [text.get_text() for text in ax.texts] == ["4.3e+03 →"] * 2
    heights = [text.get_position()[1] for text in ax.texts]
    assert abs(heights[1] - heights[0]) > 0.4
    assert ax.get_xlim() == (0, structure.LARGEST_SHOWN_ERROR)


def test_what_is_undefined_has_no_row_and_no_method(measured):
    measured.loc[measured["method"] == "student", "value"] = np.nan
    table = structure.harmonic_table(measured)
    ax = structure.draw_harmonics(table).axes[0]
    assert "student" not in [label.get_text() for label in ax.get_yticklabels()]


def test_one_model_and_one_seed_are_enough():
    tidy = study_tables.structure().query("model == 'sf' and seed == 0")
    nothing = study_tables.structure().assign(control="trained").iloc[:0]
    measured = structure.beside_controls(tidy, nothing)
    assert len(structure.draw_shares(structure.share_table(measured, LOBE_BINS)).axes) == 4
    assert structure.draw_harmonics(structure.harmonic_table(measured)).axes[0].patches[:] == []
