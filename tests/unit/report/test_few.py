"""Where there are many models, few are drawn, and it is said which."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from singmap.report.few import best_models, draw_few, few_of
from tests.helpers import study_tables

MODELS = ["dae", "a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("models_max", "shown"), [(5, MODELS), (4, ["dae", "d", "b", "a"]), (2, ["dae", "d"])]
)
def test_the_first_model_stays_and_the_best_others_come_behind_it(models_max, shown):
    summary = study_tables.score_summary({"mixture": 9, "dae": -3, "a": 1, "b": 2, "c": float("nan"), "d": 3})
    assert best_models(summary, MODELS, models_max) == shown
    if models_max < len(MODELS):
        assert best_models(summary, MODELS, models_max, "a")[:2] == ["a", "d"]


def test_the_first_target_s_sdr_ranks():
    summary = study_tables.score_summary({"dae": 0, "a": 1, "b": 2})
    others = (summary["target"] != summary["target"].iloc[0]) | (summary["metric"] != "SDR")
    summary.loc[others, "median"] *= -1
    assert best_models(summary, ["dae", "a", "b"], 2) == ["dae", "b"]


def test_a_figure_draws_the_first_models_and_says_how_many_there_are():
    drawn = []

    def draw(table, colour):
        drawn.append((table["model"].tolist(), colour))
        return Figure()

    table = pd.DataFrame({"model": [*MODELS, *MODELS]})
    figure = draw_few(draw, table, 3, "red")
    assert drawn == [(["dae", "a", "b"] * 2, "red")]
    assert figure.get_suptitle() == "the first 3 of 5 models; the CSV file holds all"
    assert draw_few(draw, table, 5, "red").get_suptitle() == ""
    assert drawn[1] == (table["model"].tolist(), "red")
    assert draw_few(draw, table.iloc[:0], 5, "red").get_suptitle() == ""


def test_what_was_chosen_by_scores_is_said_in_words():
    assert few_of(12, 12) == ""
    assert few_of(12, 100).startswith(
        "of 100 models that which others are compared with and the 11 best others"
    )
