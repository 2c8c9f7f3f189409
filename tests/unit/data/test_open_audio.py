"""Audio files are read as they are, whatever lies beside them and however they are called."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from singmap.data.open_audio import open_audio
from tests.helpers.audio_files import RATE_HZ

APPLE_DOUBLE = bytes([0, 5, 22, 7, 0, 2, 0, 0]) + b"Mac OS X        " + bytes(4000)


@pytest.mark.parametrize("form", ["WAV", "AIFF", "FLAC", "OGG", "MP3"])
def test_a_resource_fork_beside_a_file_is_nothing_to_it(tmp_path, form):
    path = tmp_path / f"x.{form.lower()}"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.1, 0.1, (9000, 2)), RATE_HZ, format=form)
    expected, _ = soundfile.read(path)
    (tmp_path / f"._{path.name}").write_bytes(APPLE_DOUBLE)
    with open_audio(path) as audio:
        assert np.array_equal(audio.read(), expected)


def test_a_name_may_hold_any_bytes(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.zeros(10), RATE_HZ)
    path = (tmp_path / "x.wav").rename(tmp_path / os.fsdecode(b"caf\xe9.wav"))
    with open_audio(path) as audio:
        assert audio.frames == 10


def test_what_is_no_audio_leaves_no_descriptor_open(tmp_path):
    path = tmp_path / "x.wav"
    path.write_bytes(b"no audio at all")
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(soundfile.LibsndfileError), open_audio(path):
        pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before
