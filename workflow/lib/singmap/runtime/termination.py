"""Being asked to stop: SIGTERM, as a cluster sends it, or Ctrl-C raise a flag instead of ending at once."""

import contextlib
import signal
import threading
from collections.abc import Iterator


class TerminationFlag:
    """Whether a signal has asked to stop. No threading.Event: its lock blocks when a second signal comes."""

    def __init__(self) -> None:
        self.is_set = False

    def set(self, *_signal: object) -> None:
        """Take note; a signal handler."""
        self.is_set = True


@contextlib.contextmanager
def termination_flag() -> Iterator[TerminationFlag]:
    """Set the yielded flag on SIGTERM or SIGINT, instead of dying at once; only in the main thread."""
    asked = TerminationFlag()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, asked.set) for number in signals]
    try:
        yield asked
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
