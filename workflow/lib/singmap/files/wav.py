"""The study's own WAV files as arrays: read with a clear error, written whole or not at all."""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from singmap.files.audio_format import SAMPLE_RATE_HZ
from singmap.files.storage import atomic_path
from singmap.runtime.errors import REBUILD, InputError
from singmap.runtime.logs import tell_user

BLOCK_SAMPLES = 1 << 18  # that `wav_blocks` reads at a time: 2 MB
UNKNOWN_BYTES = (0, 0xFFFFFFFF)  # what programs that stream write as a file's length


def read_wav(path: str | Path, n_samples: int | None = None) -> NDArray[np.float32]:
    """Read stereo audio of 44.1 kHz as float32 (2, n_samples), so many samples where a number is given.

    Raises InputError for any other, for samples that are not finite and for what is damaged.
    """
    with open_wav(path, 2, n_samples) as file:
        audio: NDArray[np.float32] = file.read(dtype="float32", always_2d=True)
    if not np.isfinite(audio).all():
        raise InputError(str(path), "finite samples", "NaN or infinity", REBUILD)
    return audio.T


@contextlib.contextmanager
def open_wav(
    path: str | Path, n_channels: int, n_samples: int | None = None
) -> Iterator[soundfile.SoundFile]:
    """Open a WAV file of the study; raises InputError unless it is whole and of this form at 44.1 kHz."""
    check_whole(path, REBUILD)
    try:
        with soundfile.SoundFile(path) as file:
            expected = file.frames if n_samples is None else n_samples
            form = f"{SAMPLE_RATE_HZ} Hz, {n_channels} channels, {expected or 'some'} samples"
            found = f"{file.samplerate} Hz, {file.channels} channels, {file.frames} samples"
            if found != form:
                raise InputError(str(path), form, found, REBUILD)
            yield file
    except soundfile.LibsndfileError as error:
        raise InputError(str(path), "a whole WAV file", error.error_string, REBUILD) from error


def check_whole(path: str | Path, remedy: str) -> None:
    """Raise InputError when a WAV file ends before its header says; libsndfile would read what is left."""
    with open(path, "rb") as file:
        start = file.read(8)
    promised, found = int.from_bytes(start[4:], "little"), Path(path).stat().st_size
    if start[:4] == b"RIFF" and promised not in UNKNOWN_BYTES and promised + 8 > found + 1:  # a pad byte
        raise InputError(str(path), f"{promised + 8} bytes, as its header says", f"{found}", remedy)


def write_wav(path: str | Path, audio: NDArray[np.floating], subtype: str = "FLOAT") -> None:
    """Write (n_channels, n_samples) at 44.1 kHz, atomically; tells the user when samples clip.

    The file is WAV, or FLAC where it is called so. Raises InputError for samples that are not finite.
    """
    if not np.isfinite(audio).all():
        raise InputError(str(path), "finite samples to write", "NaN or infinity")
    n_clipped = int(np.sum(np.abs(audio) > 1)) if subtype.startswith("PCM") else 0
    if n_clipped:
        tell_user(
            f"{path}: {n_clipped} samples clip in {subtype}; separation.audio_subtype: FLOAT keeps them"
        )
    encoded = io.BytesIO()  # libsndfile itself would not tell a full disk from any other error
    form = Path(path).suffix[1:].upper()
    soundfile.write(encoded, audio.T, SAMPLE_RATE_HZ, subtype=subtype, format=form)
    with atomic_path(path) as part:
        part.write_bytes(encoded.getbuffer())


def write_audio(stem: Path, audio: NDArray[np.floating], subtype: str) -> None:
    """Write (n_channels, n_samples) as <stem>.wav or, of whole numbers, as <stem>.flac; see `write_wav`."""
    write_wav(
        stem.with_name(f"{stem.name}{'.flac' if subtype.startswith('PCM') else '.wav'}"), audio, subtype
    )


def wav_blocks(path: str | Path, n_samples: int | None = None) -> Iterator[NDArray[np.float32]]:
    """Yield stereo audio of 44.1 kHz in pieces (up to BLOCK_SAMPLES, 2), in order; raises as `open_wav`."""
    with open_wav(path, 2, n_samples) as file:
        yield from file.blocks(BLOCK_SAMPLES, dtype="float32", always_2d=True)
