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
from pathlib import Path, PurePosixPath

from singmap.data.names import composed
from singmap.files.audio_format import MIXTURE
from singmap.files.storage import read_json, write_json
from singmap.files.track_ids import require_track_ids
from singmap.runtime.errors import REBUILD, InputError, joined

SUBSETS = ("train", "valid", "test")
ID_CHARACTERS = 80
POSITION = re.compile(r"0|-?[1-9]\d{0,8}")
REPETITION = re.compile(r"(.+?)\1{9,}$")  # Snakemake stops at 20 repetitions at the end of a wildcard


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
    gets a digest of the name appended. So does one that is too long, which is cut, and one that ends in
    repetitions: Snakemake takes "aaa...a" in a path for a rule that feeds itself.
    """
    plain = [_plain_id(name) for name in names]
    uses = Counter(slug[:ID_CHARACTERS].lower() for slug in plain)
    return [
        _with_digest(slug, name)
        if uses[slug[:ID_CHARACTERS].lower()] > 1 or len(slug) > ID_CHARACTERS or REPETITION.search(slug)
        else slug
        for slug, name in zip(plain, names, strict=True)
    ]


def _plain_id(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9-]+", "_", letters).strip("_-") or "track"


def _with_digest(slug: str, name: str) -> str:
    return f"{slug[:ID_CHARACTERS]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def write_manifest(path: str | Path, manifest: Manifest) -> None:
    """Write a manifest as JSON; the root is written relative to it where both lie in the working directory.

    So that directory can be moved with all that is in it.
    """
    root, folder = manifest.root.resolve(), Path(path).resolve().parent
    movable = all(place.is_relative_to(Path.cwd()) for place in (root, folder))
    write_json(path, {**asdict(manifest), "root": os.path.relpath(root, folder) if movable else str(root)})


def read_manifest(path: str | Path) -> Manifest:
    """Read what `write_manifest` wrote; raises InputError when it is damaged, or leads out of its folders."""
    content = read_json(path)
    try:
        tracks = [
            Track(**{**entry, "stems": {name: Stem(**stem) for name, stem in entry["stems"].items()}})
            for entry in content["tracks"]
        ]
        root = (Path(path).resolve().parent / content["root"]).resolve()
        manifest = Manifest(content["name"], root, content["source"], tracks)
        problem = next(filter(None, map(_problem, tracks)), "")
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(str(path), "a data set manifest", f"{error!r}", REBUILD) from error
    require_track_ids(path, (track.track_id for track in tracks))
    if problem:
        raise InputError(str(path), "a data set manifest", problem, REBUILD)
    return manifest


def _problem(track: Track) -> str:
    """Say what no track of a manifest can have; an empty text when all is well."""
    paths = [PurePosixPath(stem.path) for stem in track.stems.values()]
    if any(path.is_absolute() or ".." in path.parts for path in paths):
        return f"a stem of {track.name!r} that is not below the data set's root"
    if any("/" in name or name.startswith(".") for name in track.stems):
        return f"a stem of {track.name!r} that is no name: {sorted(track.stems)}"
    sizes = (track.n_samples, track.sample_rate_hz)
    if track.subset not in SUBSETS or not all(isinstance(size, int) and size > 0 for size in sizes):
        return f"{track.name!r} of subset {track.subset!r} with {track.n_samples} samples"
    return ""


def select_tracks(tracks: list[Track], subset: str, selection: str | int | list[str | int]) -> list[Track]:
    """Choose tracks of one subset, in the order of their names.

    Parameters
    ----------
    selection : "all"; a number n, for the first n tracks by name; or a list of names, of patterns with
        ``*``, ``?`` and ``[...]``, and of positions (1 is the first track by name)

    An entry is a name where a track is called so, number or not; else a whole number is a position, in
    whatever type it came: on the command line all are texts. Raises InputError that lists every entry that
    fits no track.
    """
    candidates = sorted((track for track in tracks if track.subset == subset), key=lambda track: track.name)
    if not candidates:
        raise InputError(f"dataset.{subset}", "at least one track in the data set", "none")
    if selection == "all":
        return candidates
    if isinstance(selection, int):
        _check_position(subset, selection, len(candidates))
        return candidates[:selection]
    chosen: set[str] = set()
    problems: list[InputError] = []
    for entry in selection:
        try:
            chosen.update(_matches(subset, composed(str(entry)), candidates))
        except InputError as error:
            problems.append(error)
    if problems:
        raise joined(f"dataset.{subset}", "names, patterns or positions of its tracks", problems)
    return [track for track in candidates if track.name in chosen]


def _matches(subset: str, entry: str, candidates: list[Track]) -> list[str]:
    names = [track.name for track in candidates]
    if entry in names:
        return [entry]
    if POSITION.fullmatch(entry):
        _check_position(subset, int(entry), len(candidates))
        return [names[int(entry) - 1]]
    if found := fnmatch.filter(names, entry):
        return found
    close = difflib.get_close_matches(entry, names, n=1, cutoff=0.0)
    remedy = f"the nearest name is {close[0]!r}" if close else f"the first name is {names[0]!r}"
    if entry.isdecimal():
        remedy += "; a position is written without leading zeros"
    raise InputError(f"dataset.{subset}", "names or patterns of its tracks", f"{entry!r}", remedy)


def _check_position(subset: str, number: int, n_tracks: int) -> None:
    if not 1 <= number <= n_tracks:
        raise InputError(f"dataset.{subset}", f"a number from 1 to {n_tracks}, its tracks", str(number))
