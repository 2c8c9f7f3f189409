"""A folder of this user's own, which the jobs of all their studies on a machine find by its name."""

import os
import stat
import tempfile
from pathlib import Path

from singmap.runtime.errors import InputError


def private_folder(name: str, folder: Path | None = None) -> Path:
    """Make, where need be, and return `folder`, or the one of this name and user in the temporary folder.

    Raises InputError when it is not a folder of this user's: what lies there could be another's.
    """
    folder = folder or Path(tempfile.gettempdir(), f"{name}-{os.getuid()}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise InputError(str(folder), "a folder of this user", "another's", "remove it or set TMPDIR")
    return folder
