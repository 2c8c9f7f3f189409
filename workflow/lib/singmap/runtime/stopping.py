"""SIGTERM to Snakemake alone, as a service manager sends it: its jobs are told, save their state and end.

Snakemake by itself starts no further jobs and waits for those at work, for hours of training perhaps. Its
handler also takes a lock that the thread which it interrupts may hold: then the process waits for itself for
ever, deaf to the next signal. Here the handler only wakes a thread, which may wait for any lock.
"""

import contextlib
import os
import signal
import threading
import time

from singmap.runtime.logs import tell_user
from singmap.runtime.parent_watch import ask_jobs_to_stop, children

POLL_S = 0.5
LONGEST_END_S = 60.0  # that Snakemake may take to end once its last job has

_wakes: list[int] = []  # both ends of the pipe from the handler to the thread


def pass_on_sigterm() -> None:
    """From now on SIGTERM asks the jobs to stop; then the handler that was there is called, in a thread.

    For the main thread of a process that has announced itself (parent_watch.py). Called again, does nothing.
    """
    handler = signal.getsignal(signal.SIGTERM)
    if _wakes or not callable(handler):
        return
    _wakes.extend(os.pipe())
    os.set_blocking(_wakes[1], False)

    def stop() -> None:
        os.read(_wakes[0], 1)
        tell_user("Asked to stop: running jobs save their state and end; start again to go on from there")
        ask_jobs_to_stop()
        handler(signal.SIGTERM, None)
        _end_when_left_alone()

    threading.Thread(target=stop, name="stopping", daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: _wake())


def _wake() -> None:
    with contextlib.suppress(BlockingIOError):  # so many signals that the pipe is full
        os.write(_wakes[1], b".")


def _end_when_left_alone() -> None:
    """End this process when it has had no child for LONGEST_END_S seconds and should long have ended."""
    alone_since_s = time.monotonic()
    while time.monotonic() - alone_since_s < LONGEST_END_S:
        time.sleep(POLL_S)
        if children(os.getpid()):
            alone_since_s = time.monotonic()
    tell_user("Snakemake does not end by itself though its jobs have: ending it")
    os._exit(128 + signal.SIGTERM)
