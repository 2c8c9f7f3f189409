"""Whether the data set is there, and holds the tracks that the configuration chooses."""

import contextlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from singmap.data.track_files import changed_tracks, listed_files, track_place
from singmap.data.tracks import SUBSETS, Manifest, Track, select_tracks
from singmap.files.audio_format import SAMPLE_RATE_HZ
from singmap.preflight.places import FILE_SCHEME
from singmap.preflight.plan import Plan
from singmap.runtime.errors import InputError
from singmap.spectra.settings import StftSettings

# Folders of each layout; musdb makes its validation tracks of train/.
FETCH_AGAIN = "snakemake --forcerun fetch_dataset"
LAYOUTS = {"folder": SUBSETS}
MUSDB_FOLDERS = ("train", "test")


def source_problems(settings: Mapping[str, Any]) -> Iterator[InputError]:
    """What is wrong with the place that a data set is to be fetched from."""
    name, root, url = (settings["dataset"][key] for key in ("name", "root", "url"))
    if root is not None:
        if not Path(root).is_dir():
            found = "a file" if Path(root).exists() else f"nothing at {Path(root).absolute()}"
            yield InputError("dataset.root", "an existing folder", found, "correct the path")
            return
        missing = [folder for folder in LAYOUTS.get(name, MUSDB_FOLDERS) if not Path(root, folder).is_dir()]
        if missing:
            expected, found = f"the layout of {name}", f"no folder {', '.join(missing)}"
            yield InputError(f"dataset.root, {root}", expected, found, "docs/data.md shows the layouts")
    elif name == "folder" and url is None:
        yield InputError("dataset.root", "the place of the folder to study", "null", "set it")
    elif name != "demo" and (url or "").startswith(FILE_SCHEME):
        path = Path(url.removeprefix(FILE_SCHEME))
        if not path.is_file():
            yield InputError("dataset.url", "an archive", f"nothing at {path}", "correct the path")


def archive_problems(settings: Mapping[str, Any], manifest: Manifest) -> Iterator[InputError]:
    """Whether the configured checksum is another one than that of the archive in use."""
    sha256, used = settings["dataset"]["sha256"], manifest.source.get("sha256")
    if None not in (sha256, used) and sha256 != used:
        expected = f"{used}, the checksum of the archive in use"
        yield InputError("dataset.sha256", expected, sha256, f"correct it, or run {FETCH_AGAIN}")


def source_warnings(settings: Mapping[str, Any], manifest: Manifest) -> Iterator[str]:
    """What changed about the data in use without making anything again: their address, tracks of a copy."""
    source, url = manifest.source, settings["dataset"]["url"]
    if source.get("configured_url", url) != url and settings["dataset"]["sha256"] != source.get("sha256"):
        yield (
            f"dataset.url: the data in use came from {source.get('url')} and are kept; {FETCH_AGAIN} fetches "
            "those of the address that is configured now; where they are the same, say so by dataset.sha256: "
            f"{source.get('sha256')}"
        )
    try:
        changes = _changes(settings, manifest)
    except (InputError, OSError) as error:
        yield f"{error}"
        return
    if changes:
        yield (
            f"dataset.root, {manifest.root}: changed since it was listed ({changes}); what is finished shows "
            f"the tracks as they were; {FETCH_AGAIN} makes the study of them as they are"
        )


def _changes(settings: Mapping[str, Any], manifest: Manifest) -> str:
    """Chosen tracks of an existing copy that were edited or removed since, and all that were added."""
    listed = listed_files(manifest)
    if listed is None:
        return ""
    tracks: list[Track] = []
    for subset in SUBSETS:
        with contextlib.suppress(InputError):  # said where the tracks are decoded
            tracks += chosen(settings, manifest, subset)
    return str(changed_tracks(manifest, tracks, listed))


def track_problems(settings: Mapping[str, Any], plan: Plan, manifest: Manifest) -> Iterator[InputError]:
    """What is wrong with the selected tracks of a data set that is there."""
    if plan.has("decode_tracks") and not manifest.root.is_dir():
        remedy = f"put it back, or run {FETCH_AGAIN}"
        yield InputError(str(manifest.root), f"the data set {manifest.name}", "nothing", remedy)
    for job in plan.jobs.get("decode_tracks", ()):
        subset, target = job["subset"], settings["dataset"]["target"]
        try:
            tracks = chosen(settings, manifest, subset)
        except InputError as error:
            yield error
            continue
        without = [track.name for track in tracks if target not in track.stems]
        if without:
            found = f"none in {', '.join(map(repr, without[:3]))}{' ...' if len(without) > 3 else ''}"
            yield InputError(f"dataset.{subset}", f"a stem named {target}", found, "change dataset.target")
        yield from _missing_files(manifest, subset, tracks)
    if plan.has("select_segments"):
        yield from _segment_problems(settings, manifest)


def _missing_files(manifest: Manifest, subset: str, tracks: list[Track]) -> Iterator[InputError]:
    """Tracks that are to be decoded and whose files are gone; a data set that is gone is named as a whole."""
    if not manifest.root.is_dir():
        return
    paths = {track_place(track): {stem.path for stem in track.stems.values()} for track in tracks}
    missing = [
        place for place, files in paths.items() if not all((manifest.root / file).is_file() for file in files)
    ]
    if missing:
        found = f"none or not all of {', '.join(missing[:3])}{' ...' if len(missing) > 3 else ''}"
        expected = f"the files of the chosen tracks below {manifest.root}"
        yield InputError(f"dataset.{subset}", expected, found, f"put them back, or run {FETCH_AGAIN}")


def chosen(settings: Mapping[str, Any], manifest: Manifest, subset: str) -> list[Track]:
    """The tracks that the configuration selects of a subset; raises InputError as `select_tracks` does."""
    with contextlib.redirect_stderr(io.StringIO()):  # the job that decodes them says how they were found
        return select_tracks(manifest.tracks, subset, settings["dataset"][subset])


def n_samples(track: Track) -> int:
    """Samples per channel of a decoded track."""
    return int(np.ceil(track.n_samples * SAMPLE_RATE_HZ / track.sample_rate_hz))


def _segment_problems(settings: Mapping[str, Any], manifest: Manifest) -> Iterator[InputError]:
    stft, wanted = StftSettings(**settings["stft"]), settings["mapping"]["segment_frames"]
    try:
        longest = max(stft.n_frames(n_samples(track)) for track in chosen(settings, manifest, "test"))
    except InputError:
        return  # said where the tracks are decoded
    if longest < wanted:
        expected = f"at most {longest}, the frames of the longest test track"
        yield InputError("mapping.segment_frames", expected, str(wanted), "lower it or choose longer tracks")
