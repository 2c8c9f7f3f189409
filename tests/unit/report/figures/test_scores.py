"""Scores between floor and ceiling, and differences by track with their intervals."""

import itertools

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import DifferenceFigure, ScoreFigure, Scores, Statistics, columns
from singmap.report.figures import scores
from singmap.report.findings import meaningful_metrics
from tests.helpers import study_tables
from tests.helpers.study_tables import filled


def score_table(scored, metrics=("SDR",)):
    return scores.score_table(scored, study_tables.score_summary(), list(metrics))


def diamonds(ax):
    return [line for line in ax.lines if line.get_marker() == "D"]


def points(ax):
    return [line for line in ax.lines if line.get_marker() == "o"]


def test_systems_come_in_order_with_lines_at_floor_and_ceiling_of_sdr_alone():
    scored = study_tables.scores()
    table = score_table(scored, meaningful_metrics(scored))
    assert list(table.columns) == columns(ScoreFigure)
    assert list(dict.fromkeys(table["group"])) == ["mixture", "dae", "mdae", "sf", "irm"]
    figure = scores.draw_scores(table)
    assert len(figure.axes) == 8
    lines = [{line.get_linestyle(): line.get_xdata()[0] for line in ax.lines} for ax in figure.axes]
    assert (lines[0]["--"], lines[0][":"]) == (-5.0, 6.0)
    assert "--" not in lines[2], "the mixture is no floor of ISR"


def test_scores_of_silent_tracks_are_left_out_of_the_figure():
    scored = study_tables.scores()
    scored.loc[scored["track"] == "Song 0", "value"] = np.nan
    table = score_table(scored)
    assert "Song 0" not in set(table["track"])
    assert len(table) == len(scored) / 4 * 5 / 6


def test_every_track_and_seed_is_a_point_beside_the_median_and_its_interval():
    table = score_table(study_tables.scores())
    ax = scores.draw_scores(table).axes[0]
    own = table.query("group == 'sf' and target == 'vocals'")
    assert sorted(points(ax)[3].get_xdata()) == sorted(own["value"])
    place = [label.get_text() for label in ax.get_yticklabels()].index("sf")
    drawn = {mark.get_ydata()[0]: mark.get_xdata()[0] for mark in diamonds(ax)}
    assert drawn[place] == 2.0
    assert tuple(ax.collections[place].get_segments()[0][:, 0]) == (1.0, 3.0)


def test_models_without_the_study_s_names_stand_between_floor_and_oracles():
    scored = study_tables.scores().replace({"model": {"dae": "my_model"}})
    scored["model"] = scored["model"].mask(scored["model"] == "mixture")  # a baseline without a model's name
    groups = score_table(scored)["group"]
    assert list(dict.fromkeys(groups)) == ["mixture", "my_model", "mdae", "sf", "irm"]


def test_the_equaliser_stands_beside_the_floor_before_the_models():
    scored = study_tables.scores()
    learnt = scored[scored["model"] == "irm"].replace({"irm": "equaliser"})
    groups = score_table(pd.concat([scored, learnt]))["group"]
    assert list(dict.fromkeys(groups)) == ["mixture", "equaliser", "dae", "mdae", "sf", "irm"]


def scored_tracks(**values):
    """Scores {model: {(seed, track): SDR of the voice}}."""
    rows = [
        {"model": model, "seed": seed, "track_id": track, "target": "vocals", "metric": "SDR", "value": value}
        for model, of_model in values.items()
        for (seed, track), value in of_model.items()
    ]
    return filled(Scores, rows)


def compared(*pairs, **fields):
    rows = [{"system_a": a, "system_b": b, "target": "vocals", "metric": "SDR"} | fields for a, b in pairs]
    return filled(Statistics, rows)


@pytest.fixture
def pair():
    tracks = scored_tracks(
        sf={(0, "x"): 3.0, (1, "x"): 5.0, (0, "y"): 1.0, (1, "y"): np.nan, (0, "z"): 2.0, (1, "z"): 2.0},
        dae={(0, "x"): 1.0, (0, "y"): 1.0, (0, "z"): 4.0},
    )
    return tracks, compared(("sf", "dae"), median=0.5, low=-2.0, high=3.0, p_holm=0.01)


def test_differences_of_tracks_are_those_of_means_over_all_seeds(pair):
    table = scores.difference_table(*pair)
    assert list(table.columns) == columns(DifferenceFigure)
    assert dict(zip(table["track_id"], table["difference"], strict=True)) == {"x": 3.0, "z": -2.0}


def test_points_are_tracks_and_the_interval_is_the_table_s(pair):
    (ax,) = scores.draw_differences(scores.difference_table(*pair), 0.95).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["sf − dae"]
    assert sorted(points(ax)[0].get_xdata()) == [-2.0, 3.0]
    (lines,) = ax.collections
    assert tuple(lines.get_segments()[0][:, 0]) == (-2.0, 3.0)


@pytest.mark.parametrize(("p_holm", "is_filled"), [(0.01, True), (0.2, False), (np.nan, False)])
def test_only_significant_differences_are_filled(pair, p_holm, is_filled):
    table = scores.difference_table(pair[0], pair[1].assign(p_holm=p_holm))
    (mark,) = diamonds(scores.draw_differences(table, 0.95).axes[0])
    assert mark.get_xdata()[0] == 0.5
    assert (mark.get_markerfacecolor() != "white") == is_filled


def test_models_among_themselves_have_axes_of_their_own():
    names = ("dae", "sf", "equaliser", "irm", "mixture")
    tracks = scored_tracks(**{name: {(0, "x"): place} for place, name in enumerate(names)})
    pairs = compared(("dae", "sf"), *((model, b) for model in ("dae", "sf") for b in names[2:]))
    models, filters = scores.draw_differences(scores.difference_table(tracks, pairs), 0.95).axes
    assert [label.get_text() for label in models.get_yticklabels()] == ["dae − sf"]
    told = [label.get_text() for label in filters.get_yticklabels()]
    assert told == ["dae − learned equaliser", "sf − learned equaliser"], "oracles stand in the table"


def test_of_very_many_models_each_is_compared_with_the_first():
    names = [f"m{number}" for number in range(7)]
    tracks = scored_tracks(**{name: {(0, "x"): 1.0} for name in names})
    pairs = compared(*((a, b) for place, a in enumerate(names) for b in names[place + 1 :]))
    assert set(scores.difference_table(tracks, pairs)["system_a"]) == {"m0"}


def test_a_single_system_has_nothing_to_be_compared_with():
    nothing = scores.difference_table(study_tables.scores(), study_tables.statistics().iloc[:0])
    figure = scores.draw_differences(nothing, 0.95)
    assert "nothing to compare" in figure.axes[0].texts[0].get_text()


@pytest.mark.parametrize("reference", [None, "m3"])
def test_of_many_models_all_are_compared_with_one(reference):
    models = ["dae", *(f"m{number}" for number in range(1, 20))]
    scored = study_tables.scores(n_tracks=2, models=models, seeds=(0,))
    pairs = itertools.combinations(models, 2)
    if reference:
        pairs = [(model, reference) for model in models if model != reference]
    statistics = study_tables.statistics([(a, b, 1.0, 0.0, 2.0, 0.1) for a, b in pairs])
    table = scores.difference_table(scored, statistics)
    assert table["comparison"].nunique() == 19
    assert table[["system_a", "system_b"]].eq(reference or "dae").any(axis=1).all()


@pytest.mark.parametrize(("n_tracks", "rasterized"), [(50, False), (601, True)])
def test_points_of_many_tracks_are_pixels(n_tracks, rasterized):
    """Else the page shows an SVG of 13 MB for 1,000 tracks."""
    figure = scores.draw_scores(score_table(study_tables.scores(3, n_tracks, ("dae",), (0,))))
    drawn = [line for ax in figure.axes for line in points(ax)]
    assert {line.get_rasterized() for line in drawn} == {rasterized}
    assert not any(line.get_rasterized() for ax in figure.axes for line in diamonds(ax))
