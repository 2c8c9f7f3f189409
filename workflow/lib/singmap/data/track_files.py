"""The audio files of tracks as they were when a copy of a data set was listed, and what changed since.

Sizes and dates tell: a study compares them whenever it starts, so nothing is read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from singmap.data.names import entries
from singmap.data.stem_files import SUFFIX
from singmap.data.tracks import Manifest, Track
from singmap.runtime.errors import InputError

AUDIO_SUFFIXES = {".wav", ".flac", ".ogg", ".opus", ".aiff", ".aif", ".aifc", ".w64", ".mp3"}
DATE_TOLERANCE_S = 2  # what copies to other file systems may round dates to
NAMES_SHOWN = 5


class FileState(TypedDict):
    """Size of a file in bytes, and when it was last written, in whole seconds since 1970."""

    n_bytes: int
    modified_s: int


FileStates = dict[str, FileState]  # by the file's path below the data set's root


@dataclass(frozen=True)
class Changes:
    """Tracks, as <folder>/<name> below the data set's root, that are not as they were listed."""

    edited: list[str]
    removed: list[str]
    added: list[str]

    def __str__(self) -> str:
        """'edited: train/A, train/B; added: test/C'; empty where nothing changed."""
        return "; ".join(f"{kind}: {_shown(names)}" for kind, names in vars(self).items() if names)


def file_states(root: Path, tracks: Iterable[Track]) -> FileStates:
    """Size and date of every audio file of the tracks, files that are no stem yet among them."""
    states: FileStates = {}
    for place in map(track_place, tracks):
        path = root / place
        files = [path] if path.is_file() else [file for file in entries(path) if _is_audio(file)]
        for file in files:
            facts = file.stat()
            state = FileState(n_bytes=facts.st_size, modified_s=int(facts.st_mtime))
            states[str(file.relative_to(root))] = state
    return states


def listed_files(manifest: Manifest) -> FileStates | None:
    """What the manifest of an existing copy tells of its files; None for data that were made or downloaded.

    Raises InputError when it does not tell the size and the date of every stem.
    """
    if "root" not in manifest.source:
        return None
    files: Any = manifest.source.get("files")
    stems = {stem.path for track in manifest.tracks for stem in track.stems.values()}
    is_whole = isinstance(files, dict) and stems <= files.keys() and all(map(_is_state, files.values()))
    if not is_whole:
        expected, found = "the size and date of every stem in its manifest", "others"
        remedy = "snakemake --forcerun fetch_dataset lists its tracks again"
        raise InputError(f"dataset.root, {manifest.root}", expected, found, remedy)
    states: FileStates = files
    return states


def changed_tracks(manifest: Manifest, chosen: Iterable[Track], listed: Mapping[str, FileState]) -> Changes:
    """Compare the `chosen` tracks with what was `listed` of their files, and look for tracks that are new.

    A data set that is gone as a whole, or whose disk is not mounted, has no changes.
    """
    before: defaultdict[str, FileStates] = defaultdict(dict)
    for path, state in listed.items():
        before[_place(path)][path] = state
    places = {track_place(track): file_states(manifest.root, [track]) for track in chosen}
    removed = [place for place, now in places.items() if not now]
    edited = [place for place, now in places.items() if now and not _equal(before[place], now)]
    added = _added(manifest)
    if len(removed) == len(places) and not added:
        return Changes([], [], [])
    return Changes(edited, removed, added)


def track_place(track: Track) -> str:
    """A track's stem file, or the folder of its stems, below the data set's root."""
    return _place(next(iter(track.stems.values())).path)


def _place(path: str) -> str:
    return path if path.endswith(SUFFIX) else str(Path(path).parent)


def _added(manifest: Manifest) -> list[str]:
    """What lies beside the listed tracks and is of their kind."""
    known = {track_place(track) for track in manifest.tracks}
    are_files = all(place.endswith(SUFFIX) for place in known)
    folders = sorted({Path(place).parent for place in known})
    found = {f"{folder}/{path.name}": path for folder in folders for path in entries(manifest.root / folder)}
    new = {place: path for place, path in found.items() if place not in known}
    return [place for place, path in new.items() if (place.endswith(SUFFIX) if are_files else path.is_dir())]


def _equal(before: FileStates, now: FileStates) -> bool:
    return before.keys() == now.keys() and all(
        state["n_bytes"] == now[path]["n_bytes"]
        and abs(state["modified_s"] - now[path]["modified_s"]) <= DATE_TOLERANCE_S
        for path, state in before.items()
    )


def _is_audio(path: Path) -> bool:
    return path.suffix.lower() in AUDIO_SUFFIXES and path.is_file()


def _is_state(state: Any) -> bool:
    """Whether this is a `FileState`, read from a file."""
    return (
        isinstance(state, dict)
        and state.keys() == FileState.__annotations__.keys()
        and all(type(number) is int for number in state.values())
    )


def _shown(names: list[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
