"""Scores between floor and ceiling, and differences with their intervals."""

import numpy as np
import pandas as pd
import pytest

from singmap.report.figures import scores
from singmap.report.findings import meaningful_metrics
from tests.helpers import study_tables


def test_scores_lie_between_floor_and_ceiling_in_order():
    scored = study_tables.scores()
    table = scores.score_table(scored, meaningful_metrics(scored))
    assert list(dict.fromkeys(table["group"])) == ["mixture", "dae", "mdae", "sf", "irm"]
    figure = scores.draw_scores(table)
    floor = table.query("group == 'mixture' and target == 'vocals' and metric == 'SDR'")["value"].median()
    lines = {line.get_label(): line.get_ydata()[0] for line in figure.axes[0].lines}
    assert lines["mixture"] == pytest.approx(floor)
    assert len(figure.axes) == 8


def test_scores_of_silent_tracks_are_left_out_of_the_figure():
    scored = study_tables.scores()
    scored.loc[scored["track"] == "Song 0", "value"] = np.nan
    table = scores.score_table(scored, ["SDR"])
    assert "Song 0" not in set(table["track"])
    assert len(table) == len(scored) / 4 * 5 / 6


def test_only_significant_differences_are_filled():
    table = scores.difference_table(study_tables.statistics(), ["SDR"])
    figure = scores.draw_differences(table, 0.95)
    marks = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [mark.get_xdata()[0] for mark in marks] == [0.8, 0.1, 0.6]
    assert [mark.get_markerfacecolor() == "white" for mark in marks] == [False, True, True]


@pytest.mark.parametrize(("n_tracks", "boxes"), [(4, 0), (5, 1)])
def test_few_points_get_no_box(n_tracks, boxes):
    table = scores.score_table(study_tables.scores(n_tracks=n_tracks), ["SDR"])
    figure = scores.draw_scores(table[(table["group"] == "irm") & (table["target"] == "vocals")])
    (ax,) = figure.axes
    points, *lines_of_boxes = sorted(ax.lines, key=lambda line: line.get_marker() != "o")
    assert sorted(points.get_ydata()) == sorted(table.query("group == 'irm' and target == 'vocals'")["value"])
    assert len(lines_of_boxes) == 6 * boxes + 1  # whiskers, caps, box and median; the line of the ceiling


def test_models_without_the_study_s_names_stand_between_floor_and_oracles():
    scored = study_tables.scores().replace({"model": {"dae": "my_model"}})
    scored["model"] = scored["model"].mask(scored["model"] == "mixture")  # a baseline without a model's name
    groups = scores.score_table(scored, ["SDR"])["group"]
    assert list(dict.fromkeys(groups)) == ["mixture", "my_model", "mdae", "sf", "irm"]


def test_level_bars_are_medians_over_tracks_of_means_over_seeds():
    table = scores.score_table(study_tables.scores(), ["SDR"])
    table = table[(table["group"] == "sf") & (table["target"] == "vocals")]
    values = dict(zip(table["track"].unique(), range(6), strict=True))
    planted = table.assign(value=2 * table["seed"] * table["track"].map(values))
    figure = scores.draw_scores(planted)
    (bar,) = figure.axes[0].collections[0].get_segments()
    assert set(bar[:, 1]) == {2.5}, "seed 0 scores 0, seed 1 scores 0, 2, ... 10: their means are 0, 1, ... 5"


def test_a_single_system_has_nothing_to_be_compared_with():
    nothing = scores.difference_table(study_tables.statistics().iloc[:0], ["SDR"])
    figure = scores.draw_differences(nothing, 0.95)
    assert "nothing to compare" in figure.axes[0].texts[0].get_text()


def test_intervals_reach_from_low_to_high_beside_their_comparison():
    table = scores.difference_table(study_tables.statistics(), ["SDR"])
    ax = scores.draw_differences(table, 0.95).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["sf − dae", "sf − mdae", "mdae − dae"]
    ends = [tuple(lines.get_segments()[0][:, 0]) for lines in ax.collections]
    assert ends == [(0.4, 1.2), (-0.3, 0.5), (-0.1, 0.9)]
    assert ax.get_ylim() == (2.5, -0.5), "the first comparison stands on top"


def test_the_equaliser_stands_beside_the_floor_before_the_models():
    scored = study_tables.scores()
    learnt = scored[scored["model"] == "irm"].replace({"irm": "equaliser"})
    groups = scores.score_table(pd.concat([scored, learnt]), ["SDR"])["group"]
    assert list(dict.fromkeys(groups)) == ["mixture", "equaliser", "dae", "mdae", "sf", "irm"]
