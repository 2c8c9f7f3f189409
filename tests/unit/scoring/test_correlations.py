"""Block correlations against plain ones, and museval's framing."""

import numpy as np
import pytest
from museval.metrics import Framing

from singmap.scoring.correlations import correlate, gap_free, score_frame_bounds

N_LAGS = 16


def plain_lags(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """d[p, q, k] = sum over n of x_p[n - k] y_q[n], from its definition."""
    n = x.shape[1]
    return np.array([[[a[: n - k] @ b[k:] for k in range(N_LAGS)] for b in y] for a in x])


@pytest.fixture
def signals():
    generator = np.random.default_rng(1)
    return generator.standard_normal((3, 9001)), generator.standard_normal((2, 9001))


@pytest.mark.parametrize(
    ("win", "hop"), [(1000, 1000), (1000, 500), (400, 1000), (9001, 9001), (8000, 3000), (10, 10)]
)
def test_lags_of_frames_and_of_the_whole(signals, win, hop):
    x, y = signals
    score_frames = score_frame_bounds(x.shape[1], win, hop)
    by_score_frame, whole = correlate(x, y, score_frames, N_LAGS)
    for lags, (start, stop) in list(zip(by_score_frame, score_frames, strict=True))[:20]:
        padded = (np.pad(signal[:, start:stop], [(0, 0), (0, N_LAGS)]) for signal in (x, y))
        np.testing.assert_allclose(lags, plain_lags(*padded), atol=1e-10)
    np.testing.assert_allclose(whole, plain_lags(x, y), atol=1e-9)


def test_long_frames_are_the_same_in_pieces(signals, monkeypatch):
    x, y = signals
    monkeypatch.setattr("singmap.scoring.correlations.FFT_SAMPLES", 64)
    monkeypatch.setattr("singmap.scoring.correlations.BLOCKS_AT_ONCE", 2)
    (lags,), whole = correlate(x, y, [(0, 9001)], N_LAGS)
    np.testing.assert_allclose(lags, plain_lags(x, y), atol=1e-9)
    np.testing.assert_allclose(whole, lags, atol=1e-9)


def test_quiet_frame_after_a_loud_one_keeps_its_digits():
    generator = np.random.default_rng(2)
    x = generator.standard_normal((1, 2000))
    x[:, 1000:] *= 1e-9
    by_score_frame, _ = correlate(x, x, score_frame_bounds(2000, 1000, 1000), N_LAGS)
    quiet = x[:, 1000:]
    np.testing.assert_allclose(by_score_frame[1], plain_lags(quiet, quiet), atol=1e-14 * np.sum(quiet**2))


@pytest.mark.parametrize(
    ("n_samples", "win", "hop"),
    [
        *[
            (100, 10, 10),
            (105, 10, 10),
            (100, 100, 10),
            (100, 99, 10),
            (50, 100, 7),
            (100, 10, 3),
            (100, 3, 10),
        ],
        *[(100, 10.5, 5.25), (100, np.inf, np.inf), (100, np.inf, 1)],
    ],
)
def test_frames_are_those_of_museval(n_samples, win, hop):
    expected = [(frame.start, frame.stop) for frame in Framing(win, hop, n_samples)]
    assert score_frame_bounds(n_samples, win, hop) == expected


def test_gap_free_adds_the_rest():
    assert gap_free([(0, 10), (10, 20)], 25) == [(0, 10), (10, 20), (20, 25)]
    assert gap_free([(0, 10), (10, 20)], 20) == [(0, 10), (10, 20)]
    assert gap_free([(0, 10), (5, 15)], 15) is None
    assert gap_free([(0, 10), (12, 22)], 22) is None
