"""Spectra of decoded tracks that are computed as they are read, against the cache of the same audio."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.wav import write_wav
from singmap.runtime.errors import InputError
from singmap.spectra.cache import SpectraCache
from singmap.spectra.decoded import DecodedSpectra
from singmap.spectra.settings import StftSettings
from singmap.spectra.write_cache import write_cache
from tests.helpers.decoded_audio import write_decoded

STFT = {"window": "hamming", "window_samples": 1001, "fft_samples": 2048, "hop_samples": 300}
STEMS = ("mixture", "vocals")


@pytest.fixture
def files(tmp_path):
    """Tracks of one frame, of some, and of more than are read at a time."""
    rng = np.random.default_rng(0)
    audio = {
        name: {stem: rng.uniform(-1, 1, (2, n_samples)) for stem in STEMS}
        for name, n_samples in {"a": 100, "b": 300 * 40, "c": 300 * 300 + 7}.items()
    }
    return write_decoded(tmp_path, audio)


def decoded(files, dtype="float32"):
    return DecodedSpectra(*files.values(), {"target": "vocals", "stft": STFT, "dtype": dtype})


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_the_rows_are_those_of_a_cache_to_the_last_bit(files, tmp_path, dtype):
    found = decoded(files, dtype)
    table = pd.read_csv(files["index"])
    paths = {
        name: [files["tracks"] / track_id / f"{stem}.wav" for track_id in table["track_id"]]
        for name, stem in zip(("mixture", "target"), STEMS, strict=True)
    }
    write_cache(tmp_path / "cache", table, paths, StftSettings(**STFT), dtype, 1)
    cache = SpectraCache(tmp_path / "cache")
    pd.testing.assert_frame_equal(found.tracks, cache.tracks, check_dtype=False)
    assert (found.n_frames, found.n_bins) == (cache.n_frames, cache.n_bins)
    scattered = np.array([0, 1, 3, 5, 41, 42, 43, 44, 200, 342])
    for rows in (slice(None), slice(20, 130), slice(7, 9), scattered, np.array([], int)):
        for mine, its in ((found.mixture, cache.mixture), (found.target, cache.target)):
            assert mine[rows].dtype == its[rows].dtype
            assert np.array_equal(mine[rows], its[rows])


def test_rows_behind_the_end_are_an_error(files):
    with pytest.raises(IndexError):
        decoded(files).mixture[np.array([5, 343])]


def test_audio_that_is_damaged_or_another_is_named(files):
    path = files["tracks"] / "b" / "mixture.wav"
    write_wav(path, np.zeros((2, 500), np.float32))
    with pytest.raises(InputError, match=r"b/mixture\.wav: expected .* 12000 samples, found .* 500 samples"):
        decoded(files).mixture[:]
    assert decoded(files).mixture[:1].shape == (1, 1025), "what is not read is not looked at"


def test_magnitudes_that_the_format_can_not_hold_are_named(files):
    path = files["tracks"] / "a" / "mixture.wav"
    write_wav(path, np.full((2, 100), 1e6, np.float32))
    with pytest.raises(InputError, match=r"a/mixture\.wav: expected magnitudes up to 65504, .* found"):
        decoded(files, "float16").mixture[:1]
