"""Jobs end with the Snakemake process that started them, and a results folder serves one run at a time.

When Snakemake is killed outright (SIGKILL, out of memory), its jobs would go on as orphans and write into the
files of the next run, and its own locks would stay until removed by hand. Here the kernel does both
clean-ups: a job watches the process that started it, and the claim of the folder is a lock that ends with
its holder. A plain new start therefore always suffices.
"""

import errno
import fcntl
import os
import select
import signal
import socket
import threading
import time
from pathlib import Path

from singmap.runtime.errors import InputError

PARENT_VARIABLE = "STUDY_SNAKEMAKE_PID"
LOCK_NAME = ".run.lock"

_held: dict[Path, int] = {}  # results folder -> descriptor of its lock, open until the process ends


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


def claim_results(folder: str | Path) -> None:
    """Hold a results folder for the rest of this process.

    Raises InputError when another run holds it, or when nothing can be written there.
    """
    folder = Path(folder).resolve()
    if folder in _held:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        remedy = "make it writable or set `results` to another folder"
        raise InputError(str(folder), "a folder to write results to", str(error), remedy) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
        os.close(descriptor)
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            return  # a file system without locks: two runs at once go unnoticed
        found = f"another one at work ({holder})"
        raise InputError(str(folder), "one run at a time", found, "wait for it to end") from error
    _held[folder] = descriptor
    os.ftruncate(descriptor, 0)
    os.pwrite(
        descriptor, f"process {os.getpid()} on {socket.gethostname()} since {time.ctime()}\n".encode(), 0
    )


def _end_after(descriptor: int) -> None:
    select.select([descriptor], [], [])
    os.kill(os.getpid(), signal.SIGKILL)
