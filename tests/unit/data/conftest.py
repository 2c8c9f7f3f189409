"""The archive that the tests of fetching serve."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from singmap.data.download import sha256_of

N_TRACKS, TRACK_BYTES = 30, 1_000_000


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Path:
    """An archive of random bytes in the layout of MUSDB18: large enough to break off, and to be killed in."""
    path = tmp_path_factory.mktemp("served") / "data.zip"
    generator = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as made:
        for number in range(N_TRACKS):
            folder = "test" if number % 3 else "train"
            made.writestr(f"{folder}/Track {number}.stem.mp4", generator.bytes(TRACK_BYTES))
    return path


@pytest.fixture(scope="session")
def checksum(archive) -> str:
    """The archive's true checksum."""
    return sha256_of(archive)
