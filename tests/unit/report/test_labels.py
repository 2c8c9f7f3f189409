"""Names as a reader sees them, and the order that tables give them."""

import pandas as pd
import pytest

from singmap.configuration import read_yaml
from singmap.report.labels import LABELS, label_of, ordered


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("nca", "NCA"),
        ("sf_seed12", "sf, seed 12"),
        ("my_model_seed0", "my model, seed 0"),
        ("band_share_1", "within 1 bin"),
        ("band_share_5", "within 5 bins"),
        ("a_new_method", "a new method"),
        ("sf", "sf"),
    ],
)
def test_names_become_words(name, label):
    assert label_of(name) == label


def test_no_two_names_look_the_same():
    assert len(set(LABELS.values())) == len(LABELS)


def test_every_method_and_baseline_that_can_be_configured_reads_as_words(root):
    properties = read_yaml(root / "workflow/schemas/config.schema.yaml")["properties"]
    names = properties["mapping"]["properties"]["methods"]["items"]["enum"]
    names += properties["scoring"]["properties"]["baselines"]["items"]["enum"]
    assert names
    assert not [name for name in names if "_" in label_of(name)]


def test_order_is_that_of_first_appearance():
    assert ordered(pd.Series(["sf", "dae", "sf", "mdae", "dae"])) == ["sf", "dae", "mdae"]
    assert ordered(pd.Series([], dtype=str)) == []
