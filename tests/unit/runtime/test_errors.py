"""The error that users see."""

import pickle

from singmap.runtime.errors import InputError, joined


def test_message_says_where_what_was_expected_what_came_and_what_to_do():
    error = InputError("a.wav", "44100 Hz", "48000 Hz", "resample it")
    assert str(error) == "a.wav: expected 44100 Hz, found 48000 Hz; resample it"
    assert str(InputError("a", "b", "c")) == "a: expected b, found c"


def test_error_survives_a_process_pool():
    error = pickle.loads(pickle.dumps(InputError("a", "b", "c", "d")))  # noqa: S301 (our own bytes)
    assert (error.where, error.remedy, str(error)) == ("a", "d", "a: expected b, found c; d")


def test_no_name_makes_a_line_of_its_own_but_each_of_several_problems_has_one():
    error = InputError("a\nb.wav", "a\x1b[2J", "c\udcff", "d\r", ["first\nstill first", "second"])
    assert str(error).split("\n") == [
        "a\\nb.wav: expected a\\x1b[2J, found c\\udcff; d\\r", "  first\\nstill first", "  second",
    ]  # fmt: skip
    assert error.where == "a\nb.wav", "the parts stay as they came"
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes)
    assert (str(again), again.problems) == (str(error), error.problems)


def test_several_errors_are_one_that_lists_them_and_one_stays_itself():
    errors = [InputError("a", "b", "c"), InputError("d", "e", "f", "g")]
    assert joined("here", "good files", errors[:1]) is errors[0]
    message = (
        "here: expected good files, found 2 problems:\n  a: expected b, found c\n  d: expected e, found f; g"
    )
    assert str(joined("here", "good files", errors)) == message
