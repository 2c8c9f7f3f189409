"""Excerpts: the loudest part is found, coded audio sounds like what went in."""

import io

import numpy as np
import pytest
import soundfile

from singmap.report.excerpts import common_gain, loudest_stretch, mp3_bytes


def test_excerpt_starts_where_the_target_is_loudest():
    audio = np.zeros((2, 1000))
    audio[:, 620:700] = 0.5
    assert loudest_stretch(audio, 100, 10) == (600, 2 * 80 * 0.25)
    assert loudest_stretch(audio[:, 600:690], 100, 10) == (0, 2 * 70 * 0.25)
    assert loudest_stretch(audio[:, :80], 100, 10) == (0, 0.0)


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


def test_blocks_of_a_long_track_are_no_seams(monkeypatch):
    """Sums run on from block to block in the same order, so that not even rounding differs."""
    audio = np.random.default_rng(0).standard_normal((2, 5000)).astype(np.float32)
    energy = np.concatenate([[0.0], np.cumsum(np.sum(audio.astype(np.float64) ** 2, axis=0))])
    for block_samples in (64, 100, 5000, 9000):
        monkeypatch.setattr("singmap.files.audio_pieces.BLOCK_SAMPLES", block_samples)
        for n_samples in (100, 777, 4999, 6000):
            first, found = loudest_stretch(audio, n_samples, 50)
            starts = range(0, max(1, 5001 - n_samples), 50)
            of_starts = [energy[min(start + n_samples, 5000)] - energy[start] for start in starts]
            assert (first, found) == (starts[int(np.argmax(of_starts))], max(of_starts))
