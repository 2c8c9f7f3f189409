"""Jobs end with the Snakemake process that started them.

When Snakemake is killed outright (SIGKILL, out of memory), its jobs would go on as orphans and write into the
files of the next run. A job therefore watches the process that started it, and the kernel tells it of the
end. With the lock of the results folder (locks.py) a plain new start always suffices.
"""

import os
import select
import signal
import threading

PARENT_VARIABLE = "STUDY_SNAKEMAKE_PID"


def announce() -> None:
    """Make this process the one that the jobs it starts end with."""
    os.environ[PARENT_VARIABLE] = str(os.getpid())


def end_with_parent() -> None:
    """Kill this process as soon as the announced Snakemake process ends; without one, do nothing."""
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


def _end_after(descriptor: int) -> None:
    select.select([descriptor], [], [])
    os.kill(os.getpid(), signal.SIGKILL)
