"""Jobs end with the Snakemake process that started them, when it is killed and when it is asked to stop.

When Snakemake is killed outright (SIGKILL, out of memory), its jobs would go on as orphans and write into the
files of the next run. A job therefore watches the process that started it, and the kernel tells it of the
end. With the lock of the results folder (locks.py) a plain new start always suffices.

When Snakemake is asked to stop (stopping.py), a byte in a pipe tells its jobs. Nobody takes the byte out, so
that a job that is only just starting learns of it, too.
"""

import contextlib
import os
import select
import signal
import threading
from pathlib import Path

PARENT_VARIABLE = "STUDY_SNAKEMAKE_PID"
STOP_VARIABLE = "STUDY_SNAKEMAKE_STOP"

_stop_pipe: list[int] = []  # of the announced process: its two ends, open until the process ends


def announce() -> None:
    """Make this process the one that the jobs it starts end with."""
    if not _stop_pipe:
        _stop_pipe.extend(os.pipe())
    os.environ[PARENT_VARIABLE] = str(os.getpid())
    os.environ[STOP_VARIABLE] = f"/proc/{os.getpid()}/fd/{_stop_pipe[0]}"


def ask_jobs_to_stop() -> None:
    """Let all jobs of this process, which has announced itself, save their state and end."""
    os.write(_stop_pipe[1], b".")


def end_with_parent() -> None:
    """End this process with the announced Snakemake process, or when that one asks; without one, do nothing.

    It is killed with all that it has started (ffmpeg, say) as soon as Snakemake is gone, and gets SIGTERM
    when Snakemake asks its jobs to stop.
    """
    parent = os.environ.get(PARENT_VARIABLE)
    if not parent or int(parent) == os.getpid():
        return
    try:
        descriptor = os.pidfd_open(int(parent))
    except ProcessLookupError:
        os.kill(os.getpid(), signal.SIGKILL)
    except OSError:  # a system without process descriptors: jobs may outlive a killed Snakemake
        return
    threading.Thread(target=_end_after, args=(descriptor,), name="parent watch", daemon=True).start()


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run or wait to be collected, in no order."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread or process that has just ended
            found += map(int, path.read_text().split())
    return found


def _end_after(parent: int) -> None:
    stop = _stop_descriptor()
    ready, _, _ = select.select([parent, *stop], [], [])
    if parent not in ready:
        # A job that saves its state has a handler, and ends in its own time.
        if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            _kill_descendants()
        os.kill(os.getpid(), signal.SIGTERM)
        select.select([parent], [], [])
    _kill_descendants()
    os.kill(os.getpid(), signal.SIGKILL)


def _stop_descriptor() -> list[int]:
    """The job's own end of the pipe; none where it can't be had, as for another user's process."""
    with contextlib.suppress(KeyError, OSError):
        return [os.open(os.environ[STOP_VARIABLE], os.O_RDONLY | os.O_NONBLOCK)]
    return []


def _kill_descendants() -> None:
    """Kill all that this process has started, directly or not; its next step must be to end, too."""
    found = [os.getpid()]
    for pid in found:
        found += children(pid)
    for pid in found[1:]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
