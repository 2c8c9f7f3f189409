"""Measures against epochs: before training, kept epochs, and the best one at its own number."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import Training, TrajectoryFigure, columns
from singmap.report.figures.trajectories import draw_trajectories, trajectory_table
from singmap.study.hypotheses import read_hypotheses
from tests.helpers.study_tables import filled
from tests.helpers.track_measures import measured


@pytest.fixture(scope="module")
def hypotheses(root):
    return read_hypotheses(
        root / "workflow/hypotheses.yaml", root / "workflow/schemas/hypotheses.schema.yaml"
    )


@pytest.fixture(scope="module")
def training():
    rows = [
        {"model": model, "seed": seed, "best_epoch": 5 + seed} for model in ("dae", "sf") for seed in (0, 1)
    ]
    return filled(Training, rows)


def at(weights, mean, model="dae", subject="trained"):
    return measured(
        "outside_effect", model, subject, weights=weights, mean=mean, noise=0.1, n_seeds=2, n_tracks=3
    )


@pytest.fixture
def measures():
    kept = [at("epoch0", 0.9), at("epoch2", 0.6), at("epoch16", 0.1), at("best", 0.3), at("best", 0.2, "sf")]
    before = [at("epoch0", 0.8, "sf", "untrained"), at("epoch0", 0.9, "dae", "untrained")]
    return pd.concat([*kept, *before, measured("added_gain", n_seeds=2, n_tracks=3)])


def test_epochs_come_in_order_with_the_best_at_its_own_number(measures, training, hypotheses):
    table = trajectory_table(measures, training, hypotheses)
    assert list(table.columns) == columns(TrajectoryFigure)
    of_dae = table.query("model == 'dae' and seed == 1").sort_values("epoch")
    assert of_dae["epoch"].tolist() == [0, 2, 6, 16]
    assert of_dae["is_best"].tolist() == [False, False, True, False]
    own = measures.query("model == 'dae' and seed == 1 and weights == 'epoch2'")
    assert of_dae["value"].tolist()[1] == own["value"].median()
    assert table.query("model == 'sf' and seed == 0")["epoch"].sort_values().tolist() == [0, 5]


def test_a_measure_of_the_best_weights_alone_has_no_way_to_show(measures, training, hypotheses):
    assert set(trajectory_table(measures, training, hypotheses)["measure"]) == {"outside_effect"}
    alone = trajectory_table(at("best", 0.3), training, hypotheses)
    assert alone.empty
    assert "no way" in draw_trajectories(alone).axes[0].texts[0].get_text()


def test_lines_go_through_the_table_and_rings_mark_the_best(measures, training, hypotheses):
    table = trajectory_table(measures, training, hypotheses)
    (ax,) = draw_trajectories(table).axes
    lines = [line for line in ax.lines if line.get_marker() == "."]
    assert len(lines) == 4
    by_run = table.sort_values("epoch").groupby(["model", "seed"])[["epoch", "value"]]
    expected = [part.to_numpy().tolist() for _, part in by_run]
    assert sorted(np.asarray(line.get_xydata()).tolist() for line in lines) == sorted(expected)
    rings = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert sorted(rings) == [5, 5, 6, 6]
