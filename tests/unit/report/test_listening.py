"""Spectrograms of the player: tones stand at their frequency and level, on the mixture's scale."""

import base64

import numpy as np
import pytest

from singmap.report.listening import COLUMNS_MAX, RANGE_DB, ROWS_MAX, coded_sounds, power_cells
from singmap.report.matrix_codes import unpack
from singmap.spectra.settings import StftSettings

STFT = StftSettings("hamming", 1024, 1024, 256)


def tone(frequency_hz, level, seconds=1.0):
    wave = level * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * 44100)) / 44100)
    return np.stack([wave, wave]).astype(np.float32)


def levels_db(sound):
    codes = unpack(sound["levels"]).reshape(sound["n_rows"], sound["n_columns"])
    return codes / 127 * RANGE_DB - RANGE_DB


@pytest.mark.parametrize(("frequency_hz", "max_hz"), [(1000, 8000), (6000, 8000), (1000, 22050)])
def test_a_tone_stands_in_its_own_row(frequency_hz, max_hz):
    power = power_cells(tone(frequency_hz, 0.5), STFT, max_hz)
    assert power.shape[0] <= ROWS_MAX
    assert power.shape[1] <= COLUMNS_MAX
    expected = frequency_hz / max_hz * len(power)
    assert abs(np.argmax(power.mean(axis=1)) - expected) <= 1


def test_levels_are_those_below_the_mixture():
    powers = {"mixture_mixture": power_cells(tone(1000, 0.5), STFT, 8000),
              "sf_vocals": power_cells(tone(1000, 0.05), STFT, 8000)}  # fmt: skip
    sounds = coded_sounds(powers, "mixture_mixture", dict.fromkeys(powers, b"sound"))
    assert levels_db(sounds["mixture_mixture"]).max() == pytest.approx(0)
    assert levels_db(sounds["sf_vocals"]).max() == pytest.approx(-20, abs=0.6)
    assert levels_db(sounds["sf_vocals"]).min() == pytest.approx(-RANGE_DB)
    assert base64.b64decode(sounds["sf_vocals"]["mp3"]) == b"sound"


def test_silence_is_the_bottom_of_the_scale():
    powers = {"mixture_mixture": power_cells(np.zeros((2, 4410), np.float32), STFT, 8000)}
    sound = coded_sounds(powers, "mixture_mixture", {"mixture_mixture": b""})["mixture_mixture"]
    assert levels_db(sound).max() == pytest.approx(-RANGE_DB)


def test_long_audio_is_averaged_in_power_to_what_a_screen_shows():
    power = power_cells(tone(1000, 0.5, seconds=8), STFT, 8000)
    short = power_cells(tone(1000, 0.5), STFT, 8000)
    assert power.shape[1] <= COLUMNS_MAX
    assert power[:, 10:-10].max() == pytest.approx(short[:, 10:-10].max(), rel=0.05)
