"""Sounds for the player: every excerpt as MP3 and side file, at one loudness."""

import base64
import io

import numpy as np
import pandas as pd
import pytest
import soundfile

from singmap.files.tables import Excerpts, columns
from singmap.files.wav import write_wav
from singmap.report.side_files import read_side_file
from tests.helpers.report_files import STFT
from workflow.scripts import encode_excerpts

SOUNDS = {
    ("mixture", "mixture"): (220, 0.5),
    ("sf_seed0", "vocals"): (880, 1.96),
    ("truth", "vocals"): (440, 0.25),
}


@pytest.fixture
def sounds(tmp_path):
    rows = []
    for (system, source), (frequency_hz, level) in SOUNDS.items():
        wave = level * np.sin(2 * np.pi * frequency_hz * np.arange(44100) / 44100)
        file = f"{system}/one/{source}.wav"
        write_wav(tmp_path / "excerpts" / file, np.stack([wave, wave]).astype(np.float32))
        rows.append(("one", "One", system, source, 0.0, file))
    pd.DataFrame(rows, columns=columns(Excerpts)).to_csv(tmp_path / "index.csv", index=False)
    settings = {"stft": STFT, "spectrogram_max_hz": 8000}
    encode_excerpts.main(
        excerpts=tmp_path / "index.csv",
        audio=tmp_path / "excerpts",
        sounds=tmp_path / "sounds",
        settings=settings,
    )
    return tmp_path / "sounds" / "one"


def test_every_sound_is_heard_at_its_pitch_and_relative_level(sounds):
    """The loudest would clip; it is lowered to 0.98, and with it all others by the same factor."""
    assert len(list(sounds.iterdir())) == 2 * len(SOUNDS)
    for (system, source), (frequency_hz, level) in SOUNDS.items():
        key, sound = read_side_file(sounds / f"{system}_{source}.js")
        assert key == f"sounds/one/{system}_{source}"
        mp3 = base64.b64decode(sound["mp3"])
        assert mp3 == (sounds / f"{system}_{source}.mp3").read_bytes()
        heard, rate_hz = soundfile.read(io.BytesIO(mp3))
        middle = heard[10000:30000, 0]
        assert np.abs(middle).max() == pytest.approx(level / 2, abs=0.02)
        assert np.abs(np.fft.rfft(heard[:, 0])).argmax() * rate_hz / len(heard) == pytest.approx(
            frequency_hz, abs=3
        )
