"""Whether a user's file is as long as it promises: a copy that broke off is found before it is decoded.

Each format promises in its own way, and libsndfile reads what is left of most of them without a word:

    WAV, RF64, W64, AIFF, mp4   sizes of their chunks or boxes, against the file's size
    FLAC                        number of samples in the header; the last one is read
    OGG (Vorbis, Opus)          the last page is marked as such, and whole
    MP3                         bytes in its Xing, Info or VBRI header; without one nothing is promised, and
                                only its last frame is checked to be whole

Zero and all ones, which programs that stream write as a size, promise nothing. What comes out of a file is
counted against its header's samples when it is decoded (`singmap.data.audio_files`).
"""

import contextlib
import struct
from pathlib import Path
from typing import BinaryIO

import soundfile

from singmap.data.mp3_frames import mp3_problem
from singmap.data.mp4_boxes import boxes
from singmap.data.open_audio import open_audio
from singmap.runtime.errors import AGAIN, InputError

UNKNOWN_BYTES = (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
W64_RIFF = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
OGG_PAGE_BYTES_MAX = 27 + 255 + 255 * 255
OGG_LAST_PAGE = 4


def require_whole(path: Path) -> None:
    """Raise InputError when an audio file ends before it says."""
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(40)
        problem = _missing(file, head, n_bytes)
    if head.startswith(b"fLaC"):
        problem = _flac_problem(path, head)
    if problem:
        raise InputError(str(path), "a whole file", f"one that was cut short: {problem}", AGAIN)


def _missing(file: BinaryIO, head: bytes, n_bytes: int) -> str:
    """Say what is missing at the end of a file; an empty text for nothing."""
    if head.startswith(b"OggS"):
        return _ogg_problem(file, n_bytes)
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        return mp3_problem(file, n_bytes)
    promised = _promised_bytes(file, head, n_bytes)
    if promised > n_bytes + 1:  # a pad byte may be left out
        return f"{n_bytes} of {promised} bytes"
    return ""


def _promised_bytes(file: BinaryIO, head: bytes, n_bytes: int) -> int:
    """Size of the whole file by its first chunk or its boxes; 0 where it promises nothing."""
    promised, extra = 0, 8
    if head[:4] == b"RIFF":
        promised = int.from_bytes(head[4:8], "little")
    elif head[:4] in (b"RF64", b"BW64") and head[12:16] == b"ds64":
        promised = int.from_bytes(head[20:28], "little")
    elif head[:16] == W64_RIFF:
        promised, extra = int.from_bytes(head[16:24], "little"), 0
    elif head[:4] == b"FORM":
        promised = int.from_bytes(head[4:8], "big")
    elif head[4:8] == b"ftyp":
        return max(stop for _, _, stop in boxes(file, 0, n_bytes))
    return 0 if promised in UNKNOWN_BYTES else promised + extra


def _flac_problem(path: Path, head: bytes) -> str:
    if not int.from_bytes(head[21:26], "big") % (1 << 36):  # the header's 36 bits of samples
        raise InputError(str(path), "a FLAC file that says its length", "none", "write it anew, to no pipe")
    with contextlib.suppress(soundfile.LibsndfileError), open_audio(path) as audio:
        audio.seek(audio.frames - 1)
        if len(audio.read(1)):
            return ""
    return "its last sample is not there"


def _ogg_problem(file: BinaryIO, n_bytes: int) -> str:
    """Look at the last page: 27 bytes of header, the sizes of its segments, the segments."""
    file.seek(max(0, n_bytes - OGG_PAGE_BYTES_MAX))
    tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    if not page.startswith(b"OggS") or len(page) < 27 or len(page) < 27 + page[26]:
        return "its last page is not whole"
    (kind,) = struct.unpack_from("B", page, 5)
    sizes = page[27 : 27 + page[26]]
    if len(page) < 27 + len(sizes) + sum(sizes):
        return "its last page is not whole"
    return "" if kind & OGG_LAST_PAGE else "no page is marked as the last"
