"""Static gains as an estimator."""

import numpy as np
import pytest

from singmap.runtime.errors import InputError
from singmap.separation.separate import separate
from singmap.separation.static_filter import static_filter
from tests.helpers.separated_signals import STFT, snr_db


def test_gains_of_the_target_s_band_separate_it(sources):
    target, rest = sources
    gains = np.where(np.arange(STFT.n_bins) < 70, 1.0, 0.0)  # target: up to bin 64, rest: from 77
    estimate = separate(target + rest, static_filter(gains), STFT)
    assert estimate.dtype == np.float32
    assert snr_db(estimate, target) > 30


def test_every_frame_gets_the_same_gains():
    gains = np.array([0.5, 0.0, 2.0])
    frames = np.random.default_rng(0).gamma(1.0, size=(6, 3)).astype(np.float32)
    np.testing.assert_allclose(static_filter(gains)(frames) / frames, np.tile(gains, (6, 1)), rtol=1e-6)


def test_gains_of_another_transform_are_refused():
    with pytest.raises(InputError, match="3, one per bin, found 2"):
        static_filter(np.ones(2))(np.ones((4, 3), np.float32))
