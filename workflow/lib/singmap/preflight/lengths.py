"""How long the chosen tracks are: what jobs ask a scheduler for follows from it."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from singmap.data.tracks import SUBSETS, read_manifest
from singmap.files.audio_format import SAMPLE_RATE_HZ
from singmap.preflight.dataset import chosen, n_samples
from singmap.runtime.errors import InputError


@dataclass(frozen=True)
class Lengths:
    """Number of tracks, their audio in seconds, and that of the longest one."""

    n_tracks: int
    total_s: float
    longest_s: float


# Assumed until the data set has been fetched.
MUSDB18 = {
    "train": Lengths(86, 20_500, 630),
    "valid": Lengths(14, 3_400, 430),
    "test": Lengths(50, 12_600, 430),
}


def chosen_lengths(settings: Mapping[str, Any], manifest: Path) -> dict[str, Lengths]:
    """Lengths of the chosen tracks of every subset; those of MUSDB18 where they are not known yet.

    settings : the configuration; manifest : the file that lists the data set's tracks, once it is fetched
    """
    try:
        return dict(_lengths(manifest, manifest.stat().st_mtime_ns, _Selection(settings)))
    except (OSError, InputError):  # a wrong selection, or a damaged manifest, is for others to name
        return MUSDB18


class _Selection:
    """The settings that select tracks, as one value that a cache can hold."""

    def __init__(self, settings: Mapping[str, Any]):
        self.settings = settings
        self._key = repr([settings["dataset"][subset] for subset in SUBSETS])

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Selection) and other._key == self._key


@functools.cache  # every job of a plan asks
def _lengths(manifest: Path, changed_ns: int, selection: _Selection) -> dict[str, Lengths]:
    tracks = read_manifest(manifest)
    found = {}
    for subset in SUBSETS:
        lengths_s = [
            n_samples(track) / SAMPLE_RATE_HZ for track in chosen(selection.settings, tracks, subset)
        ]
        found[subset] = Lengths(len(lengths_s), sum(lengths_s), max(lengths_s, default=0.0))
    return found
