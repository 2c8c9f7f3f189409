"""Free disk space, checked before a stage begins to write."""

import shutil
from pathlib import Path

from singmap.runtime.errors import InputError

RESERVE_BYTES = 200_000_000


def require_disk(folder: str | Path, needed_bytes: int, purpose: str) -> None:
    """Raise InputError when writing `needed_bytes` below `folder` would leave less than RESERVE_BYTES free.

    `folder` need not exist yet; `purpose` names what is to be written, e.g. ``spectra cache``.
    """
    existing = Path(folder).resolve()
    while not existing.exists():
        existing = existing.parent
    free_bytes = shutil.disk_usage(existing).free
    if free_bytes < needed_bytes + RESERVE_BYTES:
        raise InputError(
            f"{purpose} in {folder}",
            f"{(needed_bytes + RESERVE_BYTES) / 1e9:.2f} GB of free disk space",
            f"{free_bytes / 1e9:.2f} GB",
            "free some space or choose another folder in the configuration",
        )
