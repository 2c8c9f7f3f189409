"""The study's own WAV files as arrays: read with a clear error, written whole or not at all."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from singmap.files.audio_format import SAMPLE_RATE_HZ
from singmap.files.storage import atomic_path
from singmap.runtime.errors import REBUILD, InputError
from singmap.runtime.logs import tell_user

UNKNOWN_BYTES = (0, 0xFFFFFFFF)  # what programs that stream write as a file's length


def read_wav(path: str | Path) -> NDArray[np.float32]:
    """Read 44.1 kHz audio as float32 (n_channels, n_samples); raises InputError when damaged."""
    check_whole(path, REBUILD)
    try:
        with soundfile.SoundFile(path) as file:
            sample_rate_hz = file.samplerate
            audio: NDArray[np.float32] = file.read(dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise InputError(str(path), "a WAV file", error.error_string, REBUILD) from error
    if sample_rate_hz != SAMPLE_RATE_HZ:
        raise InputError(str(path), f"{SAMPLE_RATE_HZ} Hz", f"{sample_rate_hz} Hz", REBUILD)
    return audio.T


def check_whole(path: str | Path, remedy: str) -> None:
    """Raise InputError when a WAV file ends before its header says; libsndfile would read what is left."""
    with open(path, "rb") as file:
        start = file.read(8)
    promised, found = int.from_bytes(start[4:], "little"), Path(path).stat().st_size
    if start[:4] == b"RIFF" and promised not in UNKNOWN_BYTES and promised + 8 > found + 1:  # a pad byte
        raise InputError(str(path), f"{promised + 8} bytes, as its header says", f"{found}", remedy)


def write_wav(path: str | Path, audio: NDArray[np.floating], subtype: str = "FLOAT") -> None:
    """Write (n_channels, n_samples) as 44.1 kHz WAV, atomically; tells the user when samples clip."""
    n_clipped = int(np.sum(np.abs(audio) > 1)) if subtype.startswith("PCM") else 0
    if n_clipped:
        tell_user(
            f"{path}: {n_clipped} samples clip in {subtype}; separation.audio_subtype: FLOAT keeps them"
        )
    encoded = io.BytesIO()  # libsndfile itself would not tell a full disk from any other error
    soundfile.write(encoded, audio.T, SAMPLE_RATE_HZ, subtype=subtype, format="WAV")
    with atomic_path(path) as part:
        part.write_bytes(encoded.getbuffer())


def write_targets(folder: str | Path, signals: Mapping[str, NDArray[np.floating]], subtype: str) -> None:
    """Write ``<folder>/<name>.wav`` of every signal (n_channels, n_samples), as `write_wav` does."""
    for name, audio in signals.items():
        write_wav(Path(folder, f"{name}.wav"), audio, subtype)


def read_targets(folder: str | Path, names: list[str]) -> NDArray[np.float32]:
    """Read ``<folder>/<name>.wav`` of every name as (n_names, n_samples, n_channels), museval's layout.

    Raises InputError when the files differ in length or channels.
    """
    signals = [read_wav(Path(folder, f"{name}.wav")).T for name in names]
    shapes = {signal.shape for signal in signals}
    if len(shapes) > 1:
        raise InputError(
            str(folder), f"{names} of one length and channel count", str(sorted(shapes)), REBUILD
        )
    return np.stack(signals)
