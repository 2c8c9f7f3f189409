"""Convergence: medians over segments, also of those that have stopped."""

import numpy as np
import pandas as pd
import pytest

from singmap.report.figures import convergence


def test_convergence_is_the_median_over_segments():
    iterations = np.arange(0, 601, 50)
    curves = [
        pd.DataFrame(
            {
                "model": model, "seed": 0, "method": "nca", "segment": segment, "iteration": iterations,
                "loss": 1000.0 - iterations,
                "relative_l1": np.where(iterations % 100, np.nan, 0.1 * (segment + 1)),
                "weighted_band_share_2": 0.6, "band_share_2": 0.2,
            }
        )
        for model in ("dae", "sf")
        for segment in range(3)
    ]  # fmt: skip
    table = convergence.convergence_table(pd.concat(curves))
    dae = table[table["model"] == "dae"].set_index(["quantity", "iteration"])["value"]
    assert dae["relative_loss"].tolist() == pytest.approx(1 - iterations / 1000)
    assert dae["relative_l1"].to_dict() == dict.fromkeys(range(0, 601, 100), 0.2)
    figure = convergence.draw_convergence(table, 600)
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xdata(), iterations)
    assert figure.axes[0].lines[-1].get_xdata()[0] == 600


def falling_curves() -> pd.DataFrame:
    """Three segments that fall from 1 to another value each, and stop after 200, 400 and 200 iterations."""
    curves = []
    for segment, (end, last) in enumerate([(200, 0.3), (400, 0.8), (200, 0.2)]):
        iterations = np.arange(0, end + 1, 100)
        values = np.linspace(1.0, last, len(iterations))
        names = {"model": "sf", "seed": 0, "method": "nca_equal_fidelity", "segment": segment}
        shown = dict.fromkeys(["loss", *convergence.QUANTITIES[1:]], values)
        curves.append(pd.DataFrame(names | {"iteration": iterations} | shown))
    return pd.concat(curves, ignore_index=True)


def errors_of(curves: pd.DataFrame) -> dict[int, float]:
    """{iteration: median relative L1 error} of curves of one model and seed."""
    table = convergence.convergence_table(curves)
    return table[table["quantity"] == "relative_l1"].set_index("iteration")["value"].to_dict()


def test_stopped_segments_keep_their_last_value():
    """Each falls; a median over those that still run would rise from 0.3 to 0.85."""
    assert errors_of(falling_curves()) == pytest.approx({0: 1.0, 100: 0.65, 200: 0.3, 300: 0.3, 400: 0.3})


def test_no_median_is_taken_before_all_segments_have_a_record():
    """Where only results are recorded, those of the segments that stop first would begin a false line."""
    curves = falling_curves()
    results = curves["segment"] != curves["segment"].shift(-1)
    curves["relative_l1"] = curves["relative_l1"].where(results)
    assert errors_of(curves) == pytest.approx({400: 0.3})


def test_a_single_record_is_drawn_as_a_mark():
    row = {
        "model": "sf",
        "seed": 0,
        "method": "nca",
        "quantity": "relative_l1",
        "iteration": 20,
        "value": 0.5,
    }
    figure = convergence.draw_convergence(pd.DataFrame([row]), 600)
    (mark,) = [line for line in figure.axes[1].lines if line.get_marker() == "o"]
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (20, 0.5)


def test_the_loss_is_relative_to_the_first_and_shown_every_tenth_iteration():
    curve = falling_curves()[:3].assign(iteration=[0, 5, 10], loss=[4.0, 3.0, 1.0])
    table = convergence.convergence_table(curve)
    loss = table[table["quantity"] == "relative_loss"].set_index("iteration")["value"]
    assert loss.to_dict() == {0: 1.0, 10: 0.25}


def test_methods_stand_side_by_side_and_seeds_differ_by_their_line():
    table = convergence.convergence_table(
        pd.concat(falling_curves().assign(method=method, seed=seed) for method in ("nca", "student")
                  for seed in (0, 1))
    )  # fmt: skip
    figure = convergence.draw_convergence(table, 600)
    assert [ax.get_title() for ax in figure.axes[:2]] == ["NCA", "student"]
    first, _, second, _, fixed = figure.axes[0].lines
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_color() == second.get_color() != fixed.get_color()
    explained = [text.get_text() for text in figure.legends[0].get_texts()]
    assert explained == ["sf", "seed 0", "seed 1", "end of a run", "end of the authors' NCA"]


def test_a_study_without_iterating_methods_gets_a_figure_that_says_so():
    empty = convergence.convergence_table(pd.DataFrame())
    figure = convergence.draw_convergence(empty, 600)
    assert "No examined method iterates" in figure.axes[0].texts[0].get_text()
