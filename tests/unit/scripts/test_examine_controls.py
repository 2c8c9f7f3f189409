"""Controls of one model: measured like the model, and different where they should be."""

import pandas as pd
import pytest


def test_an_untrained_model_is_its_own_control_and_shuffling_changes_it(mapped):
    table = pd.read_csv(mapped / "controls.csv")
    shares = table.query("method == 'jacobian' and measure == 'diagonal_share' and weighting == 'raw'")
    value = shares.set_index("control")["value"]
    assert value["trained"] == pytest.approx(value["untrained"]), "this model is untrained"
    assert value["trained"] != pytest.approx(value["shuffled"])


def test_the_scalar_control_is_diagonal_by_the_exact_method(mapped):
    table = pd.read_csv(mapped / "examined.csv").query("control == 'scalar' and method == 'jacobian'")
    shares = table[table["measure"] == "diagonal_share"]["value"]
    assert len(shares) == 2, "raw and input-weighted"
    assert shares.tolist() == pytest.approx([1.0, 1.0])


def test_every_control_is_examined_by_every_method(mapped):
    table = pd.read_csv(mapped / "examined.csv")
    counts = table.groupby(["control", "method"]).size()
    assert set(counts.index) == {
        (control, method) for control in ("scalar", "untrained", "shuffled") for method in ("nca", "jacobian")
    }
    assert counts.nunique() == 1
