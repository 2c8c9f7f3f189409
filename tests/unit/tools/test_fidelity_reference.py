"""Rows of the fidelity page hold the values of both configurations."""

import pytest

from tools.fidelity_reference import Part, part_row, value_at

PAPER = {"mapping": {"iterations": 600, "methods": ["nca", "jacobian"]}}
DEMO = {"mapping": {"iterations": 300, "methods": ["nca", "jacobian"]}}


def test_a_row_shows_both_values_and_their_keys():
    row = part_row(Part("NCA", "{mapping.iterations} iterations", "code"), PAPER, DEMO)
    assert row == "| NCA | 600 iterations | 300 iterations | code | `mapping.iterations` |"


def test_equal_values_are_said_once():
    row = part_row(Part("looks", "{mapping.methods}", "ours"), PAPER, DEMO)
    assert row == "| looks | nca, jacobian | the same | ours | `mapping.methods` |"


def test_a_key_that_is_gone_is_an_error():
    with pytest.raises(KeyError):
        value_at(PAPER, "mapping.absent")
