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


@pytest.mark.parametrize("n_frames", [1, 7, 8, 100, 1001])
@pytest.mark.parametrize(("batch_frames", "block_frames", "pool_blocks"), [(8, 4, 3), (16, 64, 2), (5, 1, 1)])
def test_every_frame_comes_once_in_full_batches(tmp_path, n_frames, batch_frames, block_frames, pool_blocks):
    cache = SpectraCache(write(tmp_path, n_frames))
    batches = list(cache.batches(batch_frames, 0, 0, block_frames, pool_blocks))
    sizes = [len(mixture) for mixture, _ in batches]
    assert sizes[:-1] == [batch_frames] * (len(sizes) - 1)
    mixture, target = (np.concatenate(part) for part in zip(*batches, strict=True))
    assert np.array_equal(target, mixture / 2), "mixture and target stay together"
    assert np.array_equal(mixture[np.argsort(mixture[:, 0])], cache.load()[0])
    assert mixture.dtype == target.dtype == np.float32


def test_order_depends_on_seed_and_epoch_alone(tmp_path):
    cache = SpectraCache(write(tmp_path, 1000))

    def order(seed, epoch):
        return np.concatenate(
            [mixture[:, 0] for mixture, _ in cache.batches(32, seed, epoch, 8, 10)]
        ).tolist()

    assert order(3, 1) == order(3, 1)
    assert len({tuple(order(seed, epoch)) for seed in range(2) for epoch in range(2)}) == 4


def test_a_batch_is_drawn_from_all_over_the_cache(tmp_path):
    """With 40 blocks of 25 frames in a pool, 40 frames of a batch come from some 25 different blocks."""
    cache = SpectraCache(write(tmp_path, 10_000))
    for mixture, _ in cache.batches(40, 0, 0, block_frames=25, pool_blocks=40):
        assert len(np.unique(mixture[:, 0] // (25 * N_BINS))) > 12


def test_half_precision_is_read_as_single(tmp_path):
    cache = SpectraCache(write(tmp_path, 100, np.float16))
    assert cache.load()[0].dtype == np.float32
    seen = np.concatenate([mixture for mixture, _ in cache.batches(10, 0, 0, 4, 3)])
    assert seen.dtype == np.float32
    assert np.array_equal(np.sort(seen[:, 0]), np.arange(100) * N_BINS)


def test_streaming_may_be_abandoned(tmp_path):
    stream = SpectraCache(write(tmp_path, 1000)).batches(10, 0, 0, 4, 3)
    next(stream)
    stream.close()


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
        list(SpectraCache(tmp_path).batches(8, 0, 0))


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
