"""Tracks to decode, as stem files and as folders of stems, and what was decoded read back."""

from pathlib import Path

import numpy as np
import soundfile

from singmap.data.tracks import Stem, Track
from tests.helpers.audio_files import RATE_HZ, write_stems

TOP = Path("/")
STREAMS = {"mixture": 0, "drums": 1, "bass": 2, "other": 3, "vocals": 4}


def stem_track(path: str | Path) -> Track:
    """Describe a stem file as a track below TOP."""
    stems = {name: Stem(str(path).lstrip("/"), stream) for name, stream in STREAMS.items()}
    return Track("example", "Example", "test", 268288, 44100, stems)


def folder_track(
    root: Path, stems: dict[str, np.ndarray], rate_hz: int = RATE_HZ, suffix: str = "wav"
) -> Track:
    """Write stems and describe them as a track below `root`."""
    write_stems(root / "track", stems, rate_hz, suffix)
    described = {name: Stem(f"track/{name}.{suffix}") for name in stems}
    return Track("track", "A track", "test", len(next(iter(stems.values()))), rate_hz, described)


def read_decoded(path: Path) -> np.ndarray:
    """Read a decoded file, (n_samples, n_channels)."""
    found, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate_hz == 44100
    assert soundfile.info(path).subtype == "FLOAT"
    return found
