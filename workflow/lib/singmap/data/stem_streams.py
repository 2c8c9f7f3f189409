"""What the header of a stem file (.stem.mp4) says: its audio streams, their names, lengths and formats.

Streams are counted among the audio streams: a picture of the cover, wherever it stands, shifts none.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from singmap.data.mp4_boxes import find_box
from singmap.data.names import composed, is_other_mix
from singmap.files.audio_format import MIXTURE
from singmap.runtime.errors import AGAIN, InputError

MUSDB_STEMS = (MIXTURE, "drums", "bass", "other", "vocals")  # in the order of a stem file's streams
STREAM_NAMES = {"vox": "vocals", "vocal": "vocals", "voice": "vocals", "others": "other", "drum": "drums"}
NAME_TAGS = ("title", "name", "handler_name")
PROBE = ["ffprobe", "-v", "error", "-select_streams", "a", "-show_streams", "-of", "json"]


@dataclass(frozen=True)
class AudioStream:
    """One audio stream of a stem file, by its header."""

    stem: str
    n_samples: int
    sample_rate_hz: int
    n_channels: int


def stem_streams(path: str | Path) -> list[AudioStream]:
    """The five audio streams of a stem file, in the order of the file, each with the stem that it holds.

    The names that the file gives its streams decide (their titles, or Native Instruments' list of stems);
    where it gives none, the order does: mixture, drums, bass, other, vocals. Raises InputError for files
    that can't be read, other numbers of streams, and names that don't fit.
    """
    path = Path(path)
    streams = _probed(path)
    if len(streams) != len(MUSDB_STEMS):
        expected = f"{len(MUSDB_STEMS)} audio streams ({', '.join(MUSDB_STEMS)})"
        raise InputError(str(path), expected, f"{len(streams)}", AGAIN)
    titles = [_title(stream) for stream in streams]
    if not any(titles):
        titles = _listed_stems(path)
    stems = _stems(path, titles)
    try:
        return [
            AudioStream(stem, int(stream["duration_ts"]), int(stream["sample_rate"]), stream["channels"])
            for stem, stream in zip(stems, streams, strict=True)
        ]
    except (KeyError, ValueError) as error:
        raise InputError(str(path), "audio", "no samples", AGAIN) from error


def _probed(path: Path) -> list[dict[str, Any]]:
    done = subprocess.run([*PROBE, f"file:{path}"], stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise InputError(str(path), "an audio file", f"damaged data ({' '.join(reason)})", AGAIN)
    streams: list[dict[str, Any]] = json.loads(done.stdout).get("streams", [])
    if not streams:
        raise InputError(str(path), "audio", "no samples", AGAIN)
    return streams


def _title(stream: dict[str, Any]) -> str:
    """The stem that a stream's tags name; an empty text where they name none ("SoundHandler")."""
    tags = {name.lower(): str(value) for name, value in stream.get("tags", {}).items()}
    return next(filter(None, (_stem_of(tags.get(tag, "")) for tag in NAME_TAGS)), "")


def _listed_stems(path: Path) -> list[str]:
    """The mixture, and the stems that Native Instruments' list names for the others; or no names."""
    with path.open("rb") as file:
        text = find_box(file, path.stat().st_size, b"moov", b"udta", b"stem")
    try:
        names = [_stem_of(str(stem["name"])) for stem in json.loads(text)["stems"]]
    except (ValueError, KeyError, TypeError):
        names = []
    has_all = len(names) == len(MUSDB_STEMS) - 1 and any(names)
    return [MIXTURE, *names] if has_all else [""] * len(MUSDB_STEMS)


def _stem_of(text: str) -> str:
    name = composed(text).strip().lower()
    name = MIXTURE if is_other_mix(name) else STREAM_NAMES.get(name, name)
    return name if name in MUSDB_STEMS else ""


def _stems(path: Path, titles: list[str]) -> list[str]:
    """A stem for every stream: the named ones by name, the rest by place, or as the one that is left."""
    named = [title for title in titles if title]
    left = [stem for stem in MUSDB_STEMS if stem not in named]
    in_place = all(title in ("", stem) for title, stem in zip(titles, MUSDB_STEMS, strict=True))
    if len(set(named)) < len(named) or not (in_place or len(left) <= 1):
        found = ", ".join(title or "?" for title in titles)
        raise InputError(str(path), f"streams named {', '.join(MUSDB_STEMS)}", found, "name all streams")
    if in_place:
        return list(MUSDB_STEMS)
    return [title or left[0] for title in titles]
