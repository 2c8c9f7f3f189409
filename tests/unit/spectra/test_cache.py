"""Reading the cache of spectra: whole, streamed in random order, and damaged."""

import os

import numpy as np
import pandas as pd
import pytest

from singmap.files.storage import save_array
from singmap.files.tables import SpectraIndex, columns, write_table
from singmap.runtime.errors import InputError
from singmap.spectra.cache import Magnitudes, SpectraCache, read_index

N_BINS = 3


def write(folder, n_frames, dtype=np.float32):
    """A cache whose mixture numbers its entries and whose target is half of it."""
    numbers = np.arange(n_frames * N_BINS, dtype=dtype).reshape(n_frames, N_BINS)
    save_array(folder / "mixture.npy", numbers)
    save_array(folder / "target.npy", numbers / 2)
    index = pd.DataFrame([["a", "A", 0, n_frames]], columns=columns(SpectraIndex))
    write_table(folder / "index.csv", index, SpectraIndex)
    return folder


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_blocks_are_read_in_their_stored_format(tmp_path, dtype):
    cache = SpectraCache(write(tmp_path, 100, dtype))
    starts, lengths = np.array([96, 8, 40]), np.array([4, 10, 1])
    mixture, target = np.empty((15, N_BINS), dtype), np.empty((15, N_BINS), dtype)
    cache.read_blocks(starts, lengths, mixture, target)
    rows = [*range(96, 100), *range(8, 18), 40]
    assert np.array_equal(mixture, cache.mixture[rows])
    assert np.array_equal(target, cache.target[rows])
    assert cache.load()[0].dtype == np.float32


def test_a_file_that_was_cut_short_meanwhile_is_named(tmp_path):
    cache = SpectraCache(write(tmp_path, 100))
    os.truncate(tmp_path / "target.npy", 1000)
    rows = np.empty((4, N_BINS), np.float32)
    with pytest.raises(
        InputError, match=r"target\.npy: expected all rows of the index, found an earlier end"
    ):
        cache.read_blocks(np.array([96]), np.array([4]), rows, rows.copy())


def test_sizes(tmp_path):
    cache = SpectraCache(write(tmp_path, 50))
    assert (cache.n_frames, cache.n_bins, cache.tracks.track_id.tolist()) == (50, N_BINS, ["a"])


@pytest.mark.parametrize("name", ["mixture.npy", "target.npy"])
def test_truncated_array_is_named(tmp_path, name):
    write(tmp_path, 100)
    os.truncate(tmp_path / name, 700)
    with pytest.raises(InputError, match=rf"{name}.*made again by snakemake"):
        SpectraCache(tmp_path)


def test_arrays_of_different_runs_are_refused(tmp_path):
    write(tmp_path, 100)
    save_array(tmp_path / "target.npy", np.zeros((99, N_BINS), np.float32))
    with pytest.raises(InputError, match="arrays and index of one size"):
        SpectraCache(tmp_path)


def test_index_of_another_run_is_refused(tmp_path):
    write(tmp_path, 100)
    index = pd.DataFrame([["a", "A", 0, 7]], columns=columns(SpectraIndex))
    write_table(tmp_path / "index.csv", index, SpectraIndex)
    with pytest.raises(InputError, match="7 frames in the index"):
        SpectraCache(tmp_path)


def read_first_block(folder):
    cache = SpectraCache(folder)
    mixture, target = (np.empty((100, N_BINS), array.dtype) for array in (cache.mixture, cache.target))
    cache.read_blocks(np.array([0]), np.array([100]), mixture, target)


DAMAGE = {
    "NaN": lambda array: np.where(np.arange(array.size).reshape(array.shape) == 200, np.nan, array),
    "infinity": lambda array: np.where(array == array.max(), np.inf, array),
    "negative": lambda array: array - 1,
    "complex": lambda array: array + 1j,
    "integer": lambda array: array.astype(np.int32),
    "one dimension": np.ravel,
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_are_no_magnitudes_is_refused_however_it_is_read(tmp_path, name):
    write(tmp_path, 100)
    path = tmp_path / "target.npy"
    damaged = DAMAGE[name](np.load(path))
    save_array(path, damaged.astype(np.float32) if damaged.dtype == np.float64 else damaged)
    with pytest.raises(InputError, match=r"target\.npy: expected"):
        SpectraCache(tmp_path).load()
    with pytest.raises(InputError, match=r"target\.npy: expected"):
        SpectraCache(tmp_path).target[0:100]
    with pytest.raises(InputError, match=r"target\.npy: expected"):
        read_first_block(tmp_path)


def test_only_what_is_read_is_checked_and_it_must_be_there(tmp_path):
    write(tmp_path, 100)
    array = np.load(tmp_path / "target.npy")
    array[60] = np.nan
    save_array(tmp_path / "target.npy", array)
    magnitudes = Magnitudes(tmp_path / "target.npy")
    assert np.array_equal(magnitudes[10:60], array[10:60])
    assert np.array_equal(magnitudes[np.array([99, 3])], array[[99, 3]])
    with pytest.raises(InputError, match=r"target\.npy: expected all rows of the index, found index 100"):
        magnitudes[np.array([3, 100])]


@pytest.mark.parametrize(
    "rows",
    [[["a", "A", 0, 4], ["a", "A", 4, 4]], [["a", "A", 0, 4], ["b", "B", 3, 5]], []],
    ids=["a track twice", "overlap", "none"],
)
def test_tracks_that_do_not_follow_one_another_are_refused(tmp_path, rows):
    write_table(tmp_path / "index.csv", pd.DataFrame(rows, columns=columns(SpectraIndex)), SpectraIndex)
    with pytest.raises(InputError, match=r"index\.csv: expected tracks one after the other"):
        read_index(tmp_path / "index.csv")
