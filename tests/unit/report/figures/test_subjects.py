"""Measures beside controls: a point per track, the bounds that trained truths have to keep."""

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from singmap.files.tables import SubjectFigure, columns
from singmap.report.figures.subjects import SUBJECTS, draw_subjects, subject_table
from singmap.report.style import BAND
from singmap.study.hypotheses import read_hypotheses
from tests.helpers.track_measures import measured

SPREAD = {"tracks_differ": 0.1, "noise": 0.1}


@pytest.fixture(scope="module")
def hypotheses(root):
    return read_hypotheses(
        root / "workflow/hypotheses.yaml", root / "workflow/schemas/hypotheses.schema.yaml"
    )


@pytest.fixture
def measures():
    return pd.concat(
        [
            measured("outside_effect", mean=0.2, **SPREAD),
            measured("outside_effect", "sf", mean=0.1, n_seeds=1, **SPREAD),
            measured("outside_effect", subject="untrained", weights="epoch0", mean=0.9, n_seeds=1),
            measured("outside_effect", subject="harmonic", mean=0.4, n_seeds=1),
            measured("sdr_model", mean=5.0),
            measured("sdr_equaliser", mean=3.5),
        ]
    )


def test_values_are_means_over_seeds_and_differences_are_taken(measures, hypotheses):
    table = subject_table(measures, hypotheses)
    assert list(table.columns) == columns(SubjectFigure)
    of_dae = table.query("measure == 'outside_effect' and model == 'dae' and subject == 'trained'")
    own = measures.query("measure == 'outside_effect' and model == 'dae' and subject == 'trained'")
    means = own.groupby("track_id")["value"].mean()
    pd.testing.assert_series_equal(of_dae.set_index("track_id")["value"], means)
    assert set(of_dae["n_seeds"]) == {3}
    assert set(table.loc[table["measure"] == "gain_over_equaliser", "value"]) == {1.5}
    assert "rest_gain" not in set(table["measure"]), "what was not measured has no rows"


def test_truths_carry_bounds_and_models_the_thresholds_of_hypotheses_about_them_alone(measures, hypotheses):
    table = subject_table(measures, hypotheses).query("measure == 'outside_effect'")
    limits = table.groupby(["subject", "model"])[["at_least", "at_most", "threshold"]].first()
    assert limits.loc[("harmonic", "dae"), "at_least"] == 0.25
    assert limits["at_most"].isna().all(), "an equaliser was not measured here"
    assert limits.loc[("trained", "dae"), "threshold"] == 0.25
    assert limits.loc[[("trained", "sf"), ("untrained", "dae")], "threshold"].isna().all()


def test_panels_show_every_track_and_shade_what_a_truth_must_show(measures, hypotheses):
    table = subject_table(measures, hypotheses)
    figure = draw_subjects(table)
    ax, other = figure.axes
    points = [value for line in ax.lines if line.get_marker() == "o" for value in line.get_xdata()]
    assert sorted(points) == sorted(table.loc[table["measure"] == "outside_effect", "value"])
    (shade,) = [patch for patch in ax.patches if to_hex(patch.get_facecolor()) == BAND]
    place = [label.get_text() for label in ax.get_yticklabels()].index(SUBJECTS["harmonic"])
    assert shade.get_x() == 0.25
    assert shade.get_y() < place < shade.get_y() + shade.get_height()
    assert [text.get_text() for text in other.texts] == ["not measured"] * 2


def test_one_model_and_one_track_are_enough_and_none_is_said(hypotheses):
    one = measured("outside_effect", mean=0.2, n_seeds=1, n_tracks=1)
    assert len(draw_subjects(subject_table(one, hypotheses)).axes) == 1
    nothing = subject_table(measured("far_effect"), hypotheses)
    assert "Nothing" in draw_subjects(nothing).axes[0].texts[0].get_text()
