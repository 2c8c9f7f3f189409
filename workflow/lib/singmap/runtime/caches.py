"""Where Numba and Matplotlib keep what they have compiled, also where the home can't be written.

Numba keeps it beside the code or in the home, and refuses to work where it may write to neither: an
environment that others installed, and a home that is absent or read-only.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from singmap.runtime.errors import InputError
from singmap.runtime.private_folder import private_folder

VARIABLE = "XDG_CACHE_HOME"
FOLDERS = {"NUMBA_CACHE_DIR": "numba", "MPLCONFIGDIR": "matplotlib"}  # variable -> folder in the caches'


def cache_variables(environment: Mapping[str, str], folder: Path | None = None) -> dict[str, str]:
    """The variables that jobs need beside `environment` to find caches that they can write.

    None where the user's own place for caches can be written. Else they name `folder`, by default a private
    one in the temporary folder; variables that are set stay. Raises InputError where that can't be written
    either.
    """
    usual = environment.get(VARIABLE) or os.path.join(environment.get("HOME", ""), ".cache")
    if os.path.isabs(usual) and _can_be_written(Path(usual)):
        return {}
    try:
        private = private_folder("singmap-caches", folder)
    except OSError as error:
        remedy = "set HOME or TMPDIR to a folder that can be written"
        raise InputError(f"caches in {usual}", "a folder that can be written", str(error), remedy) from error
    places = {VARIABLE: private, **{name: private / place for name, place in FOLDERS.items()}}
    kept = environment.keys() & FOLDERS.keys()
    return {name: str(place) for name, place in places.items() if name not in kept}


def _can_be_written(folder: Path) -> bool:
    """Whether files can be written to a folder, or it can be made."""
    existing = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
