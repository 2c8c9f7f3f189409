"""That these measures need layers is tested where they are made: test_ablation, test_jacobian_agreement."""

from singmap.files.tables import Skipped, columns
from singmap.study.functions import OF_ABLATION, OF_AGREEMENT, skipped


def test_every_function_lacks_every_method_and_measure_that_needs_layers():
    table = skipped(["conv", "umx"], ["nca", "nca_ones"])
    assert list(table.columns) == columns(Skipped)
    assert set(table["reason"]) == {"needs layers"}
    for model in ("conv", "umx"):
        of_model = table[table["model"] == model]
        assert of_model.loc[of_model["kind"] == "method", "name"].tolist() == ["nca", "nca_ones"]
        assert set(of_model.loc[of_model["kind"] == "measure", "name"]) == {*OF_ABLATION, *OF_AGREEMENT}


def test_where_all_layers_are_known_nothing_is_skipped():
    assert skipped([], ["nca"]).empty
