"""Excerpts: coded audio sounds like what went in."""

import io

import numpy as np
import pytest
import soundfile

from singmap.report.excerpts import common_gain, mp3_bytes


def test_mp3_keeps_the_level():
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(44100) / 44100)
    decoded, sample_rate_hz = soundfile.read(io.BytesIO(mp3_bytes(np.stack([tone, tone]), 44100)))
    assert sample_rate_hz == 44100
    assert decoded.shape[1] == 2
    assert np.abs(decoded[10000:30000]).max() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("peaks", "gain"), [([0.5, 0.1], 1), ([0.1, -1.96], 0.5), ([0.0], 1), ([], 1)])
def test_one_gain_keeps_all_signals_from_clipping(peaks, gain):
    assert common_gain([np.full((2, 3), peak, np.float32) for peak in peaks]) == pytest.approx(gain)


def test_silence_can_be_coded():
    assert mp3_bytes(np.zeros((2, 4410)), 44100)
