"""Known functions of the mixture that trained truths learn, against dense matrices."""

import numpy as np
import pytest

from singmap.runtime.errors import InputError
from singmap.spectra.cache import SpectraCache
from singmap.spectra.known_targets import (
    KNOWN_FUNCTIONS,
    KnownTargetCache,
    apply_known,
    known_matrix,
)
from tests.helpers.training_data import write_cache

N_BINS = 7
GAINS = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
POWER = np.array([64.0, 36, 16, 9, 4, 2.25, 1])


def dense(name, half_width=1):
    return known_matrix(name, GAINS, POWER, half_width).toarray()


def test_the_equaliser_is_its_gains_on_the_diagonal():
    assert np.array_equal(dense("equaliser"), np.diag(GAINS))


def test_the_band_is_a_mean_of_neighbours_that_are_there():
    matrix = dense("band")
    assert matrix[0] == pytest.approx([0.05, 0.05, 0, 0, 0, 0, 0])
    assert matrix[3] == pytest.approx([0, 0, 0.4 / 3, 0.4 / 3, 0.4 / 3, 0, 0])
    assert matrix[6] == pytest.approx([0, 0, 0, 0, 0, 0.35, 0.35])


def test_the_harmonic_listens_to_the_octave_at_the_level_of_the_bin():
    matrix = dense("harmonic")
    expected = np.diag(np.where(np.arange(N_BINS) <= 3, 0.5, 1.0))
    expected[0, 0] = 1.0  # bin 0 is its own octave
    expected[1, 2], expected[2, 4], expected[3, 6] = 0.5 * 6 / 4, 0.5 * 4 / 2, 0.5 * 3 / 1
    assert matrix == pytest.approx(GAINS[:, None] * expected)


def test_a_silent_octave_adds_nothing():
    power = POWER.copy()
    power[6] = 0
    assert known_matrix("harmonic", GAINS, power, 1).toarray()[3] == pytest.approx([0, 0, 0, 0.2, 0, 0, 0])


def test_an_unknown_function_is_refused_with_those_that_there_are():
    with pytest.raises(InputError, match="equaliser, band, harmonic"):
        known_matrix("octave", GAINS, POWER, 1)


@pytest.fixture
def folder(tmp_path):
    return write_cache(tmp_path / "spectra", 70, N_BINS)


@pytest.mark.parametrize("name", KNOWN_FUNCTIONS)
def test_a_cache_gives_the_function_of_its_mixture_however_it_is_read(folder, name):
    stored = SpectraCache(folder)
    mixture, _ = stored.load()
    expected = mixture @ dense(name).T.astype(np.float32)
    cache = KnownTargetCache(folder, known_matrix(name, GAINS, POWER, 1))
    assert cache.load()[1] == pytest.approx(expected, rel=1e-6)
    assert np.asarray(cache.target[3:9]) == pytest.approx(expected[3:9], rel=1e-6)
    assert (cache.target.shape, cache.target.dtype) == (mixture.shape, np.float32)
    blocks = np.array([40, 3]), np.array([16, 8])
    own = [np.empty((24, N_BINS), np.float32) for _ in range(2)]
    cache.read_blocks(*blocks, *own)
    rows = [*range(40, 56), *range(3, 11)]
    assert np.array_equal(own[0], mixture[rows])
    assert own[1] == pytest.approx(expected[rows], rel=1e-6)


def test_frames_of_another_size_are_refused(tmp_path):
    folder = write_cache(tmp_path / "spectra", 10, N_BINS + 1)
    with pytest.raises(InputError, match=r"7 bins.*8 bins"):
        KnownTargetCache(folder, known_matrix("band", GAINS, POWER, 1))


def test_applying_keeps_the_shape_of_one_frame():
    assert apply_known(known_matrix("band", GAINS, POWER, 2), np.ones((1, N_BINS))).shape == (1, N_BINS)
