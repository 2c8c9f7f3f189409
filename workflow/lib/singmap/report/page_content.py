"""What stands on the page: figures with captions, excerpts to play, readable names, provenance."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypedDict
from xml.etree import ElementTree

import pandas as pd
from markupsafe import Markup

from singmap.files.audio_format import SAMPLE_RATE_HZ
from singmap.files.storage import read_json
from singmap.files.tables import rows_of
from singmap.files.wav import read_wav
from singmap.report.excerpts import mp3_bytes
from singmap.report.labels import label_of, ordered
from singmap.report.page import data_uri, html_from_rst
from singmap.runtime.errors import REBUILD, InputError

SVG_ROOT = "{http://www.w3.org/2000/svg}svg"
FACTS = ("versions", "machine", "device", "precision", "commit")


class FigureEntry(TypedDict):
    """A figure on the page: its title, its SVG as a data URI, its caption as HTML."""

    title: str
    uri: str
    caption: Markup


class ExcerptRow(TypedDict):
    """A system's estimates of one track as data URIs of MP3, in the order of the sources; None: has none."""

    label: str
    players: list[str | None]


class ExcerptEntry(TypedDict):
    """The excerpt of one track: where it starts, its sources, and a row for every system."""

    track: str
    start: str
    sources: list[str]
    rows: list[ExcerptRow]


def figure_entries(
    figures: Mapping[str, str | Path], captions: Mapping[str, str | Path], titles: Mapping[str, str]
) -> dict[str, FigureEntry]:
    """Title, data URI and rendered caption of every figure; `figures` are SVG files, `captions` RST files."""
    return {
        name: {
            "title": titles[name],
            "uri": data_uri(read_svg(path), "image/svg+xml"),
            "caption": html_from_rst(Path(captions[name]).read_text(encoding="utf-8")),
        }
        for name, path in figures.items()
    }


def read_svg(path: str | Path) -> bytes:
    """Read a figure; raises InputError unless it is a whole SVG."""
    content = Path(path).read_bytes()
    try:
        root = ElementTree.fromstring(content)  # noqa: S314, our own file
    except ElementTree.ParseError as error:
        raise InputError(str(path), "a whole SVG", str(error), REBUILD) from error
    if root.tag != SVG_ROOT:
        raise InputError(str(path), "an SVG", f"<{root.tag}>", REBUILD)
    return content


def labelled(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the names of systems, methods and measures as a reader sees them."""
    named = table.columns.intersection(["system", "system_a", "system_b", "method", "measure", "view"])
    return table.assign(**{column: table[column].map(label_of) for column in named})


def track_remarks(tracks: pd.DataFrame) -> list[str]:
    """A line for every track of the table Tracks whose audio looks wrong, with what was seen."""
    suspect = tracks[tracks["remarks"].fillna("") != ""]
    return [f"{row.track} ({row.subset}): {row.remarks}" for row in rows_of(suspect)]


def excerpt_entries(index: pd.DataFrame, audio: Path) -> list[ExcerptEntry]:
    """One entry per track of the excerpts' `index`, whose files lie in `audio`."""
    entries: list[ExcerptEntry] = []
    for _, track in index.groupby("track_id", sort=False):
        sources = ordered(track["source"])
        files = track.set_index(["system", "source"])["file"]
        rows: list[ExcerptRow] = []
        for system in ordered(track["system"]):
            players = [_mp3_uri(audio, files.get((system, source))) for source in sources]
            rows.append({"label": label_of(system), "players": players})
        start = f"{track['start_s'].iloc[0]:.1f} s"
        entries.append({"track": track["track"].iloc[0], "start": start, "sources": sources, "rows": rows})
    return entries


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


def _mp3_uri(audio: Path, file: str | None) -> str | None:
    return file and data_uri(mp3_bytes(read_wav(audio / file), SAMPLE_RATE_HZ), "audio/mpeg")
