"""A method is trusted where it recovers what was planted, and predicts what was not."""

import pytest

from singmap.files.tables import ModelStructure, Planted
from singmap.report.trusted import trusted_methods
from tests.helpers.study_tables import filled


def planted(**similarities):
    """Two truths at two numbers of frames; {method: similarity with few and with many frames}."""
    rows = [
        {"method": method, "truth": truth, "n_bins": 32, "n_frames": n_frames, "similarity": similarity}
        for method, pair in similarities.items()
        for n_frames, similarity in zip((8, 64), pair, strict=True)
        for truth in ("identity", "dense")
    ]
    return filled(Planted, rows)


def errors(**medians):
    """{method: relative L2 errors of two models on fitted frames}; on other frames all are large."""
    rows = [
        {"method": method, "model": model, "measure": "relative_l2", "frames": frames, "value": median}
        for method, pair in medians.items()
        for model, error in zip(("dae", "sf"), pair, strict=True)
        for frames, median in (("optimised", error), ("other", 9.0))
    ]
    return filled(ModelStructure, rows)


@pytest.mark.parametrize(
    ("similarity", "error", "is_trusted"),
    [
        ((1.0, 1.0), (0.4, 0.6), True),
        ((0.9, 0.9), (1.0, 1.0), True),
        ((0.5, 1.0), (0.1, 0.1), False),  # recovers only with more frames than the study has
        ((1.0, 1.0), (0.1, 1e4), False),  # wild on one model
    ],
)
def test_both_must_hold_for_every_size_and_model(similarity, error, is_trusted):
    found = trusted_methods(planted(nca=similarity, jacobian=(1, 1)), errors(nca=error, jacobian=(0.5, 0.5)))
    assert found == (["nca"] if is_trusted else []) + ["jacobian"]


def test_a_method_that_was_tried_on_nothing_is_not_trusted():
    assert trusted_methods(planted(jacobian=(1, 1)), errors(nca=(0.1, 0.1))) == []
