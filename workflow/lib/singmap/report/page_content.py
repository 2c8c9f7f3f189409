"""What stands on the page: figures with captions, sounds to play, readable names, files and provenance."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict
from xml.etree import ElementTree

import pandas as pd
from markupsafe import Markup

from singmap.files.audio_format import MIXTURE, SAMPLE_RATE_HZ
from singmap.files.storage import atomic_path, read_json
from singmap.files.tables import rows_of
from singmap.files.wav import open_wav
from singmap.report.labels import label_of
from singmap.report.page import html_from_rst
from singmap.runtime.errors import REBUILD, InputError

SVG_ROOT = "{http://www.w3.org/2000/svg}svg"
FACTS = ("versions", "machine", "device", "precision", "commit")
FILES = "files"  # the page's own copies of tables and figures, in a folder beside it
SECTIONS = (
    "Answer",
    "Audio",
    "Mappings",
    "Scores",
    "Checks",
    "Training",
)  # categories with a place of their own
ELSEWHERE = "Other"


class FigureEntry(TypedDict):
    """A figure on the page: files beside it, its size in the units of its SVG, its caption as HTML."""

    name: str
    title: str
    picture: str
    data: str
    width: int
    height: int
    caption: Markup


class Sound(TypedDict):
    """A signal to hear, in sounds/<track_id>/<system>_<part>.js; `whole`: of no single source."""

    system: str
    label: str
    part: str
    whole: bool


class ExcerptEntry(TypedDict):
    """The excerpt of one track."""

    track_id: str
    track: str
    start: str
    duration_s: float
    sounds: list[Sound]


class PlayerIndex(TypedDict):
    """What the page's player offers; the sounds of a track by their places in `sounds`, which are many."""

    sounds: list[Sound]
    tracks: list[dict[str, Any]]


def figure_entries(
    figures: Mapping[str, str | Path], captions: Mapping[str, str | Path], shown: Mapping[str, Sequence[str]]
) -> dict[str, list[FigureEntry]]:
    """The figures of every section of the page.

    figures : SVG files; captions : RST files; shown : figure -> (category, title), in the order of the page
    """
    entries: dict[str, list[FigureEntry]] = {section: [] for section in (*SECTIONS, ELSEWHERE)}
    for name, (category, title) in shown.items():
        width, height = svg_size(figures[name])
        entries[category if category in SECTIONS else ELSEWHERE].append(
            {
                "name": name,
                "title": title,
                "picture": f"{FILES}/figures/{name}.svg",
                "data": f"{FILES}/figures/{name}.csv",
                "width": width,
                "height": height,
                "caption": html_from_rst(Path(captions[name]).read_text(encoding="utf-8")),
            }
        )
    return entries


def svg_size(path: str | Path) -> tuple[int, int]:
    """Width and height of a figure by its view box; raises InputError unless it is a whole SVG with one."""
    try:
        root = ElementTree.fromstring(Path(path).read_bytes())  # noqa: S314, our own file
    except ElementTree.ParseError as error:
        raise InputError(str(path), "a whole SVG", str(error), REBUILD) from error
    box = root.get("viewBox", "").split()
    if root.tag != SVG_ROOT or len(box) != 4:
        raise InputError(str(path), "an SVG with a view box", f"<{root.tag}> with {box}", REBUILD)
    return round(float(box[2])), round(float(box[3]))


def copy_files(files: Iterable[str | Path], folder: Path) -> list[str]:
    """Copy files into `folder`, each below its own folder's name; returns their places beside the page."""
    places = []
    for file in map(Path, files):
        with atomic_path(folder / file.parent.name / file.name) as part:
            shutil.copyfile(file, part)
        places.append(f"{FILES}/{file.parent.name}/{file.name}")
    return places


def labelled(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the names of systems, methods and measures as a reader sees them."""
    named = table.columns.intersection(["system", "system_a", "system_b", "method", "measure", "view"])
    return table.assign(**{column: table[column].map(label_of) for column in named})


def excerpt_entries(index: pd.DataFrame, audio: Path) -> list[ExcerptEntry]:
    """One entry per track of the excerpts' `index`, whose files lie in `audio`."""
    entries: list[ExcerptEntry] = []
    for track_id, track in index.groupby("track_id", sort=False):
        with open_wav(audio / track["file"].iloc[0], 2) as first:
            n_samples = first.frames
        entries.append(
            {
                "track_id": str(track_id),
                "track": track["track"].iloc[0],
                "start": f"{track['start_s'].iloc[0]:.1f} s",
                "duration_s": round(n_samples / SAMPLE_RATE_HZ, 3),
                "sounds": [_sound(row) for row in rows_of(track)],
            }
        )
    return entries


def _sound(row: Any) -> Sound:
    return {
        "system": row.system,
        "label": label_of(row.system),
        "part": row.source,
        "whole": row.source == MIXTURE,
    }


def player_index(excerpts: Sequence[ExcerptEntry]) -> PlayerIndex:
    """The excerpts for the player, each kind of sound once: of many systems and tracks the list is long."""
    sounds: list[Sound] = []
    for sound in (sound for excerpt in excerpts for sound in excerpt["sounds"]):
        if sound not in sounds:
            sounds.append(sound)
    tracks = [dict(entry) | {"sounds": list(map(sounds.index, entry["sounds"]))} for entry in excerpts]
    return {"sounds": sounds, "tracks": tracks}


def provenance_table(paths: Iterable[str | Path]) -> pd.DataFrame:
    """What the models were made with; a value that differs between models is listed with all its forms."""
    facts: dict[str, list[str]] = {}
    for path in paths:
        record = read_json(path)
        flat = pd.json_normalize({name: record[name] for name in FACTS}).iloc[0]
        for name, value in flat.items():
            fact = str(name).removeprefix("versions.").replace(".", " ")
            facts.setdefault(fact, []).append(str(value))
    rows = [(name, ", ".join(dict.fromkeys(values))) for name, values in facts.items()]
    return pd.DataFrame(rows, columns=["what", "value"])
