"""Ids of tracks, which name folders: what they may look like, checked wherever one is read from a file."""

import re
from collections.abc import Iterable
from pathlib import Path

from singmap.runtime.errors import REBUILD, InputError

ID_CHARACTERS_MAX = 100
TRACK_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{ID_CHARACTERS_MAX - 1}}}")


def require_track_ids(path: str | Path, ids: Iterable[object]) -> None:
    """Raise InputError unless all of `ids`, read from the file `path`, are safe as names of folders."""
    for track_id in ids:
        if not (isinstance(track_id, str) and TRACK_ID.fullmatch(track_id)):
            expected = "track ids of letters, digits, '-' and '_'"
            raise InputError(str(path), expected, repr(track_id), REBUILD)
