"""A results folder serves one run at a time.

Snakemake's own locks outlast a Snakemake that is killed outright, until they are removed by hand. Here the
claim of the folder is a lock of the kernel, which ends with its holder.
"""

import errno
import fcntl
import os
import socket
import time
from pathlib import Path

from singmap.runtime.errors import InputError

LOCK_NAME = ".run.lock"

_held: dict[Path, int] = {}  # results folder -> descriptor of its lock, open until the process ends


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
