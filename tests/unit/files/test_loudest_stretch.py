"""The loudest stretch of a track is found, however long the track is."""

import numpy as np

from singmap.files.loudest_stretch import loudest_stretch


def test_it_starts_where_the_target_is_loudest():
    audio = np.zeros((2, 1000))
    audio[:, 620:700] = 0.5
    assert loudest_stretch(audio, 100, 10) == (600, 2 * 80 * 0.25)
    assert loudest_stretch(audio[:, 600:690], 100, 10) == (0, 2 * 70 * 0.25)
    assert loudest_stretch(audio[:, :80], 100, 10) == (0, 0.0)


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
