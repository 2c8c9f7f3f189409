"""The error that users see."""

import pickle

from singmap.runtime.errors import InputError


def test_message_says_where_what_was_expected_what_came_and_what_to_do():
    error = InputError("a.wav", "44100 Hz", "48000 Hz", "resample it")
    assert str(error) == "a.wav: expected 44100 Hz, found 48000 Hz; resample it"
    assert str(InputError("a", "b", "c")) == "a: expected b, found c"


def test_error_survives_a_process_pool():
    error = pickle.loads(pickle.dumps(InputError("a", "b", "c", "d")))  # noqa: S301 (our own bytes)
    assert (error.where, error.remedy, str(error)) == ("a", "d", "a: expected b, found c; d")
