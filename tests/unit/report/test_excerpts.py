"""Excerpts: the loudest part is found, coded audio sounds like what went in."""

import io

import numpy as np
import pytest
import soundfile

from singmap.report.excerpts import loudest_stretch, mp3_bytes


def test_excerpt_starts_where_the_target_is_loudest():
    audio = np.zeros((2, 1000))
    audio[:, 620:700] = 0.5
    assert loudest_stretch(audio, 100, 10) == (600, 2 * 80 * 0.25)
    assert loudest_stretch(audio[:, 600:690], 100, 10) == (0, 2 * 70 * 0.25)
    assert loudest_stretch(audio[:, :80], 100, 10) == (0, 0.0)


@pytest.mark.parametrize(("peak", "expected"), [(0.5, 0.5), (2.0, 0.98)])
def test_mp3_keeps_the_level_and_does_not_clip(peak, expected):
    tone = peak * np.sin(2 * np.pi * 440 * np.arange(44100) / 44100)
    decoded, sample_rate_hz = soundfile.read(io.BytesIO(mp3_bytes(np.stack([tone, tone]), 44100)))
    assert sample_rate_hz == 44100
    assert decoded.shape[1] == 2
    assert np.abs(decoded[10000:30000]).max() == pytest.approx(expected, abs=0.02)


def test_silence_can_be_coded():
    assert mp3_bytes(np.zeros((2, 4410)), 44100)
