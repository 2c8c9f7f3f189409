"""The default settings, and a data set of a few tracks that has been fetched."""

from dataclasses import replace

import pytest

from singmap.configuration import read_yaml
from singmap.data.tracks import Manifest, Stem, Track

STEMS = {name: Stem(f"{name}.wav") for name in ("drums", "vocals")}
SECOND = 44100


@pytest.fixture
def settings(root):
    """The default settings, to be changed by a test."""
    return read_yaml(root / "config/config.yaml")


@pytest.fixture
def manifest(tmp_path):
    """Test tracks of 10 and 4 s, the second at half the rate; one of 2 s each to train and validate."""
    for stem in STEMS.values():
        (tmp_path / stem.path).touch()
    long = Track("long", "Long", "test", 10 * SECOND, SECOND, STEMS)
    short = replace(long, track_id="short", name="Short", n_samples=2 * SECOND, sample_rate_hz=SECOND // 2)
    others = [replace(short, subset=subset, sample_rate_hz=SECOND) for subset in ("train", "valid")]
    return Manifest("demo", tmp_path, {}, [long, short, *others])
