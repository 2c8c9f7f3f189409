"""The first signal lets a job save its state; afterwards the old handler is back."""

import signal
import threading

import pytest

from singmap.runtime.termination import termination_flag


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_raises_the_flag_and_the_old_handler_returns(number):
    before = signal.getsignal(number)
    with termination_flag() as asked:
        assert not asked.is_set
        signal.raise_signal(number)
        assert asked.is_set
    assert signal.getsignal(number) is before


def test_other_threads_get_a_flag_that_nothing_sets():
    """Only the main thread may set signal handlers; Python raises ValueError elsewhere."""
    flags, before = [], signal.getsignal(signal.SIGTERM)

    def work():
        with termination_flag() as asked:
            flags.append((asked.is_set, signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert flags == [(False, before)]
