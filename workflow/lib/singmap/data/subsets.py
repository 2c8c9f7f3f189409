"""Whether a song that a model is tested on is among those that it learns from."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pandas as pd

from singmap.data.names import composed
from singmap.files.tables import rows_of
from singmap.runtime.errors import InputError
from singmap.runtime.logs import tell_user


def require_disjoint(tracks: pd.DataFrame) -> None:
    """Raise InputError that names all pairs of tracks of different subsets with one name or one recording.

    `tracks` is the table Tracks. Names count whatever their case and spaces; recordings are the same where
    all samples of their mixtures are. The same recording twice in one subset is told, and kept.
    """
    shared = []
    for one, other, what in _pairs(tracks):
        where = f"{one.subset} {one.track!r} and {other.subset} {other.track!r}"
        if one.subset != other.subset:
            shared.append(f"{where} have the same {what}")
        elif what == "recording":
            tell_user(f"[compare subsets] WARNING: {where} are the same recording: it counts twice")
    if shared:
        remedy = "remove one of each pair, rename it if it is another song, or select others"
        found = f"{len(shared)} shared between them:"
        raise InputError("train, valid and test", "other songs in each", found, remedy, shared)


def _pairs(tracks: pd.DataFrame) -> Iterator[tuple[Any, Any, str]]:
    """Yield two tracks and what they share; those with one recording and one name once."""
    seen: set[tuple[int, int]] = set()
    for keys, what in ((tracks["content_sha256"], "recording"), (tracks["track"].map(_spelling), "name")):
        for _, group in tracks.groupby(keys, sort=False):
            for one, other in combinations(rows_of(group), 2):
                if (one.Index, other.Index) not in seen:
                    seen.add((one.Index, other.Index))
                    yield one, other, what


def _spelling(name: str) -> str:
    return " ".join(composed(name).casefold().split())
