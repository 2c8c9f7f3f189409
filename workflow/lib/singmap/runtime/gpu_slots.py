"""One GPU for each job: a job claims a device for its lifetime, and the kernel takes the claim back.

Snakemake limits how many GPU jobs run at once (``--resources gpu=2``) but does not tell them which
device to use. Each job therefore locks one file for its device. The lock belongs to the process: it
ends with it, even by SIGKILL, so a crashed job never blocks a device, and a job that outlives a killed
Snakemake keeps its own.
"""

import fcntl
import os
import time
from collections.abc import Sequence
from pathlib import Path

from singmap.runtime.errors import InputError
from singmap.runtime.logs import tell_user
from singmap.runtime.private_folder import private_folder

POLL_S = 0.5
GRANTED = "SINGMAP_GPU_GRANTED"  # set by rules/common.smk

_claimed: dict[str, int] = {}  # device -> descriptor of its lock, open until the process ends


def gpu_present() -> bool:
    """Whether this machine has an NVIDIA device, told without importing torch (WSL shows /dev/dxg)."""
    return any(Path("/dev").glob("nvidia[0-9]*")) or Path("/dev/dxg").exists()


def granted_by_scheduler() -> bool:
    """Whether a cluster's scheduler has given this job its GPU, or its share of one, and said which.

    Then it has counted already. A lock of ours would make jobs wait for each other that were told to share a
    card (Slurm's shards, MPS), and slices of one card (MIG) may bear that card's identifier. The rules set
    GRANTED where a job runs by a scheduler's order; in an allocation that a user asked for by hand local jobs
    still have to find a device each.
    """
    return bool(os.environ.get(GRANTED) and os.environ.get("CUDA_VISIBLE_DEVICES"))


def claim_device(identifiers: Sequence[str], folder: Path | None = None) -> int:
    """Claim the first free device for the rest of this process, waiting while all are taken.

    Parameters
    ----------
    identifiers : one name per device this process may use, the same in every process on the machine
        (a UUID: an index means different devices under different CUDA_VISIBLE_DEVICES)
    folder : where the lock files lie; by default a private folder of this user in the temporary folder

    Returns
    -------
    index into `identifiers`; the same one when asked again

    Raises InputError when there is no device, or when the folder belongs to someone else.
    """
    if not identifiers:
        raise InputError("GPU", "at least one device", "none", "run with --resources gpu=0 to use the CPU")
    held = [index for index, name in enumerate(identifiers) if name in _claimed]
    if held:
        return held[0]
    folder = private_folder("snakemake-gpu-slots", folder)
    told = False
    while True:
        for index, name in enumerate(identifiers):
            if _try_lock(name, folder):
                return index
        if not told:
            tell_user(f"Waiting for a GPU: other jobs use all {len(identifiers)}; lower --resources gpu=")
            told = True
        time.sleep(POLL_S)


def _try_lock(name: str, folder: Path) -> bool:
    descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    _claimed[name] = descriptor
    return True
