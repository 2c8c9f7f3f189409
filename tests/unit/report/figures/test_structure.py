"""Bars of the structure measures: medians over seeds, and what is beyond the axis."""

import numpy as np

from singmap.files.tables import MeasureFigure, columns
from singmap.report.figures import structure
from tests.helpers import study_tables


def test_structure_bars_are_medians_over_seeds():
    table = structure.share_table(study_tables.structure())
    figure = structure.draw_measures(table, "share")
    part = table.query("measure == 'diagonal_share' and weighting == 'raw' and model == 'dae'")
    medians = part.groupby("method", sort=False)["value"].median()
    bars = figure.axes[0].containers[0]
    np.testing.assert_allclose([bar.get_height() for bar in bars], medians)


def test_errors_beyond_the_axis_are_written_on_their_bars():
    table = structure.fidelity_table(study_tables.structure())
    table.loc[(table["method"] == "nca_ones") & (table["model"] == "sf"), "value"] = 4337.74
    figure = structure.draw_measures(table, "relative error", down="frames", top=1.5)
    assert [text.get_text() for text in figure.axes[0].texts] == ["4.34e+03"]
    assert figure.axes[0].get_ylim() == (0, 1.5)


def test_fidelity_puts_the_full_matrix_before_its_diagonal():
    table = structure.fidelity_table(study_tables.structure().iloc[::-1])
    assert list(dict.fromkeys(table["measure"])) == structure.FIDELITY
    assert set(structure.harmonic_table(study_tables.structure())["measure"]) == {
        "harmonic_2f", "harmonic_3f", "harmonic_half_f",
    }  # fmt: skip


def test_tables_part_shares_harmonics_and_errors():
    tidy = study_tables.structure()
    parts = [
        table(tidy) for table in (structure.share_table, structure.harmonic_table, structure.fidelity_table)
    ]
    assert sum(map(len, parts)) == len(tidy)
    assert set(parts[0]["measure"]) == set(study_tables.SHAPES)
    assert all(list(part.columns) == columns(MeasureFigure) for part in parts)


def test_every_seed_and_segment_is_a_point_in_its_model_s_place():
    table = structure.share_table(study_tables.structure())
    figure = structure.draw_measures(table, "share")
    part = table.query("measure == 'diagonal_share' and weighting == 'raw'")
    for line, name in zip(figure.axes[0].lines, study_tables.MODELS, strict=True):
        assert list(line.get_ydata()) == part[part["model"] == name]["value"].tolist()
    sides = [line.get_xdata()[0] for line in figure.axes[0].lines]
    assert sides == sorted(sides)
    assert np.mean(sides) == 0, "the models stand around the method's mark"


def test_a_reference_is_drawn_in_every_panel():
    table = structure.harmonic_table(study_tables.structure())
    figure = structure.draw_measures(table, "energy", reference=0.5)
    assert len(figure.axes) == 3 * 2
    assert all(list(ax.lines[-1].get_ydata()) == [0.5, 0.5] for ax in figure.axes)
