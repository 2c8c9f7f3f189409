"""The data sets that the study knows: where each comes from, and how a copy of it becomes a manifest."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import musdb
import yaml

from singmap.data.archive import content_folder, fetch_archive, locked
from singmap.data.demo import DemoSettings, write_demo
from singmap.data.download import sha256_of
from singmap.data.layouts import list_folder, list_musdb
from singmap.data.track_files import file_states
from singmap.data.tracks import SUBSETS, Manifest, Track, track_ids
from singmap.runtime.errors import InputError


@dataclass(frozen=True)
class Source:
    """A data set's official place: address, about the size of its files, checksum where one is published."""

    layout: str  # "stem.mp4" | "wav" | "folder"
    url: str | None = None
    unpacked_bytes: int = 0
    sha256: str | None = None


def _preview_url() -> str:
    """Return the address of the 7 s preview that the musdb package itself names."""
    setup = yaml.safe_load((Path(musdb.__file__).parent / "configs" / "mus.yaml").read_text(encoding="utf-8"))
    url: str = setup["sample-url"]
    return url


SOURCES = {
    "demo": Source("wav"),
    "musdb18-7s": Source("stem.mp4", _preview_url(), 165_000_000),
    "musdb18": Source("stem.mp4", "https://zenodo.org/records/1117372/files/musdb18.zip", 5_300_000_000),
    "musdb18-hq": Source(
        "wav",
        "https://zenodo.org/records/3338373/files/musdb18hq.zip",
        30_000_000_000,
        "baac80d0483c61d74b2e5f3be75fa557eec52898339e6aa45c1fa48833c5d21d",  # as torchaudio's MUSDB_HQ has it
    ),
    "folder": Source("folder"),
}


def fetch(
    name: str,
    folder: Path,
    root: str | None,
    url: str | None,
    sha256: str | None,
    demo: DemoSettings | None,
) -> Manifest:
    """Make the data set `name` ready and list its tracks.

    Parameters
    ----------
    folder : where a data set that is made or downloaded goes; studies share it, and none changes what
        another one has got there
    root : an existing copy, used where it lies; None to make or download one
    url, sha256 : a mirror and the expected checksum, instead of the official ones
    demo : how to make the demo; None for other data sets

    The manifest's source tells what a later start compares: sizes and dates of an existing copy's files, or
    the archive's checksum and the address that was configured (which may not be the one that an earlier study
    fetched the same archive from).
    """
    if root is not None:
        copy = read_dataset(name, Path(root), {})
        return replace(copy, source={"root": root, "files": file_states(copy.root, copy.tracks)})
    if name == "demo":
        assert demo is not None, "the workflow hands over the section `demo`"
        return read_dataset(name, _made_demo(folder, demo), {"package": "stempeg", **demo})
    place = SOURCES[name]
    address = url or place.url
    if address is None:
        raise InputError(
            "dataset.root", f"the place of the {name} to study", "null", "set it in the configuration"
        )
    official = place.sha256 if url is None else None
    data, record = fetch_archive(address, folder, sha256 or official, place.unpacked_bytes)
    return read_dataset(name, data, {**record, "configured_url": url})


def _made_demo(folder: Path, demo: DemoSettings) -> Path:
    """Make the demo and return its folder, named by its content: other settings or code make another one."""
    part = folder / "made"
    with locked(folder):
        shutil.rmtree(part, ignore_errors=True)
        write_demo(part, **demo)
        digest = _content_digest(part)
        data = content_folder(folder, digest)
        if data.is_dir() and _content_digest(data) == digest:
            shutil.rmtree(part)
            return data
        shutil.rmtree(data, ignore_errors=True)
        return part.rename(data)


def _content_digest(folder: Path) -> str:
    """SHA-256 of the names and contents of all files below `folder`, in hexadecimal."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)} {sha256_of(path)}\n".encode())
    return digest.hexdigest()


def read_dataset(name: str, root: Path, source: Mapping[str, object]) -> Manifest:
    """List the tracks of data set `name` below `root`; `source` is recorded in the manifest.

    Raises InputError when there is no such folder, when a track can't be used, and when a subset is empty.
    """
    root = root.absolute()
    if not root.is_dir():
        raise InputError("dataset.root", "an existing folder", f"nothing at {root}", "correct the path")
    layout = SOURCES[name].layout
    found = list_folder(root) if layout == "folder" else list_musdb(root, is_wav=layout == "wav")
    tracks = []
    for subset in SUBSETS:
        entries = [entry for entry in found if entry["subset"] == subset]
        if not entries:
            expected = f"at least one track of subset {subset} in the layout of {name}"
            raise InputError(str(root), expected, "none", "docs/data.md shows the layouts")
        ids = track_ids([entry["name"] for entry in entries])
        tracks += [Track(track_id=track_id, **entry) for track_id, entry in zip(ids, entries, strict=True)]
    return Manifest(name, root, source, tracks)
