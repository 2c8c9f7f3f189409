"""Tracks of a data set: names, ids that are safe in paths, the manifest, and selections of tracks."""

import difflib
import fnmatch
import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from singmap.files.audio_format import MIXTURE
from singmap.files.storage import read_json, write_json
from singmap.runtime.errors import REBUILD, InputError

SUBSETS = ("train", "valid", "test")
ID_CHARACTERS = 80


@dataclass(frozen=True)
class Stem:
    """Where the audio of one source of a track lies: a file below the data set's root and a stream in it."""

    path: str
    stream: int = 0


@dataclass(frozen=True)
class Track:
    """One piece of music; `stems` maps source names ("mixture" among them, if there is one) to audio."""

    track_id: str
    name: str
    subset: str
    n_samples: int
    sample_rate_hz: int
    stems: dict[str, Stem]

    def sources(self) -> list[str]:
        """Names of all stems but the mixture, in a fixed order."""
        return sorted(name for name in self.stems if name != MIXTURE)


@dataclass(frozen=True)
class Manifest:
    """What a fetched data set holds. `source` records where it came from; `root` is its folder."""

    name: str
    root: Path
    source: Mapping[str, object]
    tracks: list[Track]


def track_ids(names: list[str]) -> list[str]:
    """Return one id per name, of letters, digits, '-' and '_' only, for the tracks of one subset.

    Ids of different names differ, also where case is ignored: a name whose plain id another name shares
    gets a digest of the name appended.
    """
    plain = [_plain_id(name) for name in names]
    uses = Counter(slug.lower() for slug in plain)
    return [
        f"{slug}_{hashlib.sha256(name.encode()).hexdigest()[:8]}" if uses[slug.lower()] > 1 else slug
        for slug, name in zip(plain, names, strict=True)
    ]


def _plain_id(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9-]+", "_", letters).strip("_-")[:ID_CHARACTERS] or "track"


def write_manifest(path: str | Path, manifest: Manifest) -> None:
    """Write a manifest as JSON; the root is written relative to it where both lie in the working directory.

    So that directory can be moved with all that is in it.
    """
    root, folder = manifest.root.resolve(), Path(path).resolve().parent
    movable = all(place.is_relative_to(Path.cwd()) for place in (root, folder))
    write_json(path, {**asdict(manifest), "root": os.path.relpath(root, folder) if movable else str(root)})


def read_manifest(path: str | Path) -> Manifest:
    """Read what `write_manifest` wrote; raises InputError when the file is damaged."""
    content = read_json(path)
    try:
        tracks = [
            Track(**{**entry, "stems": {name: Stem(**stem) for name, stem in entry["stems"].items()}})
            for entry in content["tracks"]
        ]
        root = (Path(path).resolve().parent / content["root"]).resolve()
        return Manifest(content["name"], root, content["source"], tracks)
    except (KeyError, TypeError) as error:
        raise InputError(str(path), "a data set manifest", f"{error!r}", REBUILD) from error


def select_tracks(tracks: list[Track], subset: str, selection: str | int | list[str | int]) -> list[Track]:
    """Choose tracks of one subset, in the order of their names.

    Parameters
    ----------
    selection : "all"; a number n, for the first n tracks by name; or a list of names, of patterns with
        ``*``, ``?`` and ``[...]``, and of positions (1 is the first track by name)

    Raises InputError when an entry fits no track.
    """
    candidates = sorted((track for track in tracks if track.subset == subset), key=lambda track: track.name)
    if not candidates:
        raise InputError(f"dataset.{subset}", "at least one track in the data set", "none")
    if selection == "all":
        return candidates
    if isinstance(selection, int):
        _check_position(subset, selection, len(candidates))
        return candidates[:selection]
    chosen = {name for entry in selection for name in _matches(subset, entry, candidates)}
    return [track for track in candidates if track.name in chosen]


def _matches(subset: str, entry: str | int, candidates: list[Track]) -> list[str]:
    if isinstance(entry, int):
        _check_position(subset, entry, len(candidates))
        return [candidates[entry - 1].name]
    names = [track.name for track in candidates]
    found = [entry] if entry in names else fnmatch.filter(names, entry)
    if not found:
        close = difflib.get_close_matches(entry, names, n=1, cutoff=0.0)
        raise InputError(
            f"dataset.{subset}",
            "names or patterns of its tracks",
            f"{entry!r}",
            f"the nearest name is {close[0]!r}",
        )
    return found


def _check_position(subset: str, number: int, n_tracks: int) -> None:
    if not 1 <= number <= n_tracks:
        raise InputError(f"dataset.{subset}", f"a number from 1 to {n_tracks}, its tracks", str(number))
