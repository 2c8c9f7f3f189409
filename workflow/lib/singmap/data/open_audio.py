"""Open a user's audio file so that libsndfile sees the file itself and nothing beside it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import soundfile


@contextlib.contextmanager
def open_audio(path: Path) -> Iterator[soundfile.SoundFile]:
    """Open an audio file to read; raises soundfile.LibsndfileError for what is none.

    By its descriptor: by its name libsndfile would open ``._<name>`` too, which macOS leaves beside files on
    other systems' disks, and refuse an MP3 for it.
    """
    with path.open("rb", buffering=0) as handle, soundfile.SoundFile(handle.fileno(), closefd=False) as audio:
        yield audio
