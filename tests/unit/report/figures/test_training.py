"""Loss curves: what is thin, what is thick, and where the ring lies."""

import numpy as np
import pandas as pd

from singmap.report.figures import training
from tests.helpers import study_tables


def test_ring_marks_the_epoch_of_least_validation_loss():
    figure = training.draw_loss_curves(study_tables.histories(), "mse")
    rings = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [list(ring.get_xdata()) for ring in rings] == [[8], [8]]


def test_lines_are_the_histories_the_validation_thicker():
    histories = study_tables.histories()
    figure = training.draw_loss_curves(histories, "mse")
    assert [ax.get_title() for ax in figure.axes] == ["dae", "mdae", "sf"]
    part = histories.query("model == 'sf' and seed == 1")
    train, valid = figure.axes[2].lines[3:5]
    np.testing.assert_array_equal(train.get_ydata(), part["train_loss"])
    np.testing.assert_array_equal(valid.get_ydata(), part["valid_loss"])
    assert train.get_linewidth() < valid.get_linewidth()
    assert figure.axes[0].get_yscale() == "log"
    assert "(mse)" in figure.axes[0].get_ylabel()
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["validation", "training", "kept epoch", "seed 0", "seed 1"]


def test_a_study_of_given_weights_has_no_curves_and_says_so():
    figure = training.draw_loss_curves(study_tables.histories().iloc[:0], "mse")
    assert "none was trained" in figure.axes[0].texts[0].get_text()


def test_many_models_go_on_below_without_empty_panels():
    histories = study_tables.histories()
    more = pd.concat([histories, histories.query("model == 'sf'").assign(model="another")])
    assert len(training.draw_loss_curves(more, "mse").axes) == 4
