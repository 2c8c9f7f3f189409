"""What names of files mean in a data set: tracks, stems, mixes that are no sources, and junk that is neither.

macOS stores names in another Unicode form (NFD) than other systems (NFC): one song has one name here, in NFC.
"""

import os
import unicodedata
from pathlib import Path

from singmap.files.audio_format import ACCOMPANIMENT, MIXTURE
from singmap.runtime.errors import InputError

NAME_BYTES_MAX = (
    235  # of a file's 255: museval's stores are named by tracks, .part-<track>-xxxxxxxx.json first
)
# A track's sum under other names: summed with the stems it would double the music. Letters alone count.
MIXES = {
    "linearmixture",
    "mix",
    "mixdown",
    "fullmix",
    "stereomix",
    "master",
    "mastered",
    "premaster",
    "fulltrack",
}
OTHER_STEM_NAMES = {"others": ACCOMPANIMENT}
# What file managers, NAS and editors leave beside audio. Names that begin with a dot are junk, too, but for
# those that begin with three, as titles do.
JUNK_NAMES = {"__macosx", "@eadir", "#recycle", "$recycle.bin", "system volume information", "lost+found"} | {
    "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@tmp",
}  # fmt: skip


def is_junk(name: str) -> bool:
    """Whether a file or folder of this name is none of a data set's: hidden, a recycle bin, thumbnails."""
    is_hidden = name.startswith((".", "~$")) and not name.startswith("...")
    return is_hidden or name.lower() in JUNK_NAMES


def entries(folder: Path) -> list[Path]:
    """What lies in a folder, without junk, in the order of names; empty where there is no folder."""
    return sorted(path for path in folder.iterdir() if not is_junk(path.name)) if folder.is_dir() else []


def composed(text: str) -> str:
    """The text in Unicode's composed form (NFC), in which names are compared."""
    return unicodedata.normalize("NFC", text)


def track_name(path: Path, suffix: str = "") -> str:
    """Name of the track that a file (less its `suffix`) or folder holds.

    Raises InputError for names that can't be written to a table (bytes that are not UTF-8) or that are too
    long for files named by them.
    """
    require_utf8(path)
    name = composed(path.name.removesuffix(suffix))
    if (n_bytes := len(name.encode())) > NAME_BYTES_MAX:
        expected = f"names of at most {NAME_BYTES_MAX} bytes"
        raise InputError(str(path), expected, f"{n_bytes}", "shorten the track's name")
    return name


def require_utf8(path: Path) -> None:
    """Raise InputError when the name of a file or folder holds bytes that are not UTF-8."""
    try:
        path.name.encode()
    except UnicodeEncodeError as error:
        found = repr(os.fsencode(path.name))
        raise InputError(str(path.parent), "names in UTF-8", found, "rename it") from error


def stem_name(text: str) -> str:
    """The stem that a file or stream called `text` holds: names count whatever their case."""
    name = composed(text).strip().lower()
    return OTHER_STEM_NAMES.get(name, name)


def is_other_mix(stem: str) -> bool:
    """Whether a stem's name, other than ``mixture``, says that it is the track's sum."""
    letters = "".join(letter for letter in stem if letter.isalnum())
    return stem != MIXTURE and letters in MIXES | {MIXTURE}
