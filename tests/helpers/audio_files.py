"""Small audio data sets of known content for the tests of the data stages."""

from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 44100
MUSDB_STEMS = ("mixture", "drums", "bass", "other", "vocals")


def tone(frequency_hz: float, n_samples: int, rate_hz: int = RATE_HZ, n_channels: int = 2) -> np.ndarray:
    """A sine of 16 bits, (n_samples, n_channels); the second channel is half as loud."""
    wave = 0.25 * np.sin(2 * np.pi * frequency_hz * np.arange(n_samples) / rate_hz)
    return np.round(32768 * wave[:, None] * np.array([1.0, 0.5])[:n_channels]) / 32768


def write_stems(
    folder: Path, stems: dict[str, np.ndarray], rate_hz: int = RATE_HZ, suffix: str = "wav"
) -> None:
    """Write arrays (n_samples, n_channels) to <folder>/<stem>.<suffix>."""
    folder.mkdir(parents=True, exist_ok=True)
    subtype = "PCM_16" if suffix == "flac" else "FLOAT"
    for name, audio in stems.items():
        soundfile.write(folder / f"{name}.{suffix}", audio, rate_hz, subtype=subtype)


def voice_and_band(
    n_samples: int = 22050, rate_hz: int = RATE_HZ, n_channels: int = 2
) -> dict[str, np.ndarray]:
    """Stems of a track in the layout of `folder`."""
    voice = tone(440, n_samples, rate_hz, n_channels)
    return {"vocals": voice, "accompaniment": tone(110, n_samples, rate_hz, n_channels)}


def write_folder(root: Path, names: tuple[str, ...] = ("A", "B", "C")) -> Path:
    """Write a data set of one's own: one track to each of train, valid and test."""
    for number, (subset, name) in enumerate(zip(("train", "valid", "test"), names, strict=True)):
        other_song = {"accompaniment": tone(110 + 20 * number, 22050)}
        write_stems(root / subset / name, voice_and_band() | other_song)
    return root


def write_musdb_wav(root: Path, n_samples: int = 22050) -> Path:
    """Write a data set in the layout of MUSDB18-HQ: a training, a validation and a test track."""
    for folder in ("train/Somebody - Something", "train/Triviul - Angelsaint", "test/Else - Where"):
        stems = {name: tone(100 * (1 + k), n_samples) for k, name in enumerate(MUSDB_STEMS[1:])}
        write_stems(root / folder, {"mixture": sum(stems.values()), **stems})
    return root
