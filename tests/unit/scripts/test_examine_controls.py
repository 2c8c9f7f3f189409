"""Controls of one model: measured like the model, and different where they should be."""

import pandas as pd
import pytest


def test_an_untrained_model_is_its_own_control_and_shuffling_changes_it(mapped):
    table = pd.read_csv(mapped / "controls.csv").query("segment == 0")
    shares = table.query("method == 'jacobian' and measure == 'diagonal_share' and weighting == 'raw'")
    value = shares.set_index("control")["value"]
    assert value["trained"] == pytest.approx(value["untrained"]), "this model is untrained"
    assert value["trained"] != pytest.approx(value["shuffled"])


def test_the_scalar_control_is_diagonal_by_the_exact_method(mapped):
    table = pd.read_csv(mapped / "examined.csv").query("control == 'scalar' and method == 'jacobian'")
    shares = table[table["measure"] == "diagonal_share"]["value"]
    assert len(shares) == 4, "raw and input-weighted, of two segments"
    assert shares.tolist() == pytest.approx([1.0] * 4)


def test_every_control_is_examined_by_every_method(mapped):
    table = pd.read_csv(mapped / "examined.csv")
    counts = table.groupby(["control", "method"]).size()
    assert set(counts.index) == {
        (control, method)
        for control in ("scalar", "untrained", "shuffled", "band")
        for method in ("nca", "jacobian")
    }
    assert counts.nunique() == 1


def test_every_segment_that_was_asked_for_is_examined(mapped):
    table = pd.read_csv(mapped / "examined.csv")
    counts = table.groupby(["segment", "track"]).size()
    assert list(counts.index) == [(0, "A"), (1, "B")]
    few = pd.read_csv(mapped / "first.csv")
    pd.testing.assert_frame_equal(few, table[table["segment"] == 0].reset_index(drop=True))


def test_a_trained_truth_is_the_network_that_was_trained_on_it(mapped):
    """Here it has the weights of the model itself, so that the Jacobian, which is exact, finds the same."""
    table = pd.read_csv(mapped / "controls.csv").query("method == 'jacobian'")
    values = {name: part["value"].to_numpy() for name, part in table.groupby("control")}
    assert values["band"] == pytest.approx(values["trained"])
