"""The order of batches: each frame once an epoch, from seed and epoch alone, also after a resume."""

import numpy as np
import pytest
import torch

from singmap.runtime.errors import InputError
from singmap.training.batches import ShuffledBatches, check_frames
from tests.helpers.training_data import make_cache

CPU = torch.device("cpu")
IN_MEMORY, STREAMED = 10_000, 1


@pytest.fixture
def cache(tmp_path):
    return make_cache(tmp_path / "cache", n_frames=300)


def rows_of(cache, batches):
    """Which frames of the cache the batches hold, by their first bin (all differ)."""
    position = {value: row for row, value in enumerate(np.array(cache.mixture[:, 0]).tolist())}
    return [[position[value] for value in mixture[:, 0].tolist()] for mixture, _ in batches]


@pytest.mark.parametrize("resident", [IN_MEMORY, STREAMED])
def test_an_epoch_brings_full_batches_of_pairs_without_repetition(cache, resident):
    batches = ShuffledBatches(cache, 64, seed=0, resident_frames=resident, device=CPU)
    drawn = list(batches.epoch(1))
    assert len(drawn) == batches.n_batches == 4
    rows = rows_of(cache, drawn)
    assert [len(batch) for batch in rows] == [64] * 4
    assert len({row for batch in rows for row in batch}) == 256
    for (mixture, target), frames in zip(drawn, rows, strict=True):
        np.testing.assert_array_equal(mixture, cache.mixture[frames])
        np.testing.assert_array_equal(target, cache.target[frames])


@pytest.mark.parametrize("resident", [IN_MEMORY, STREAMED])
def test_order_depends_on_seed_and_epoch_only(cache, resident):
    def rows(seed, epoch):
        return rows_of(cache, ShuffledBatches(cache, 64, seed, resident, CPU).epoch(epoch))

    assert rows(0, 1) == rows(0, 1)
    assert rows(0, 1) != rows(0, 2)
    assert rows(0, 1) != rows(1, 1)


@pytest.mark.parametrize("resident", [IN_MEMORY, STREAMED])
def test_an_epoch_goes_on_where_it_was_left(cache, resident):
    batches = ShuffledBatches(cache, 64, seed=0, resident_frames=resident, device=CPU)
    whole = rows_of(cache, batches.epoch(3))
    for done in range(batches.n_batches + 1):  # all done: a run may be killed before it validates
        assert rows_of(cache, batches.epoch(3, first_batch=done)) == whole[done:]


def test_a_batch_is_never_larger_than_the_cache(cache):
    batches = ShuffledBatches(cache, 1000, seed=0, resident_frames=IN_MEMORY, device=CPU)
    assert (batches.batch_frames, batches.n_batches) == (300, 1)


def test_empty_and_misfitting_caches_are_refused(tmp_path, cache):
    with pytest.raises(InputError, match="frames of 25 bins, found 24 bins"):
        check_frames(cache, n_bins=25)
    with pytest.raises(InputError, match=r"at least one frame.*dataset\.train"):
        check_frames(make_cache(tmp_path / "empty", n_frames=0), n_bins=24)
