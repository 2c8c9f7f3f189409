"""The order of streamed frames: complete, repeatable, and the same as ever."""

import hashlib

import numpy as np
import pytest

from singmap.spectra.pools import shuffled_frames, shuffled_pools


@pytest.mark.parametrize("n_frames", [1, 7, 8, 100, 1001])
@pytest.mark.parametrize(("batch_frames", "block_frames", "pool_blocks"), [(8, 4, 3), (16, 64, 2), (5, 1, 1)])
def test_every_frame_comes_once_in_full_batches(n_frames, batch_frames, block_frames, pool_blocks):
    sizes = {"block_frames": block_frames, "pool_blocks": pool_blocks}
    batches = list(shuffled_frames(n_frames, batch_frames, 0, 0, **sizes))
    assert [len(batch) for batch in batches[:-1]] == [batch_frames] * (len(batches) - 1)
    assert np.array_equal(np.sort(np.concatenate(batches)), np.arange(n_frames))


def test_order_depends_on_seed_and_epoch_alone():
    def order(seed, epoch):
        return np.concatenate(
            list(shuffled_frames(1000, 32, seed, epoch, block_frames=8, pool_blocks=10))
        ).tolist()

    assert order(3, 1) == order(3, 1)
    assert len({tuple(order(seed, epoch)) for seed in range(2) for epoch in range(2)}) == 4


@pytest.mark.parametrize(
    ("arguments", "sha256"),
    [
        ((1001, 16, 0, 0, 64, 2), "5dfb0d49625b9b45"),
        ((100, 50, 7, 2, 1, 1), "74e5450f9df63c9c"),
        ((1001, 8, 0, 5, 4, 3), "f96e721244d74c50"),
        ((5000, 128, 1, 1, 64, 256), "e46bfb76e2b52917"),
    ],
)
def test_the_order_is_that_of_earlier_versions(arguments, sha256):
    """Recorded on 2026-11-30 from the version that drew batches while it read them."""
    sizes = dict(zip(("block_frames", "pool_blocks"), arguments[4:], strict=True))
    order = np.concatenate(list(shuffled_frames(*arguments[:4], **sizes)))
    assert hashlib.sha256(order.astype(np.int64).tobytes()).hexdigest()[:16] == sha256


def test_a_batch_is_drawn_from_all_over_the_cache():
    """With 40 blocks of 25 frames in a pool, 40 frames of a batch come from some 25 different blocks."""
    for batch in shuffled_frames(10_000, 40, 0, 0, block_frames=25, pool_blocks=40):
        assert len(np.unique(batch // 25)) > 12


def test_a_pool_says_what_is_read():
    pools = list(shuffled_pools(30, 8, 3, 1, block_frames=4, pool_blocks=3))
    assert sorted(length for pool in pools for length in pool.lengths) == [2] + [4] * 7, "the last is short"
    read = np.concatenate([pool.frames() for pool in pools])
    assert np.array_equal(np.sort(read), np.arange(30))
    drawn = [sum(map(len, pool.batches)) for pool in pools]
    waiting = np.cumsum([pool.n_read for pool in pools]) - np.cumsum(drawn)
    assert [len(pool.kept) for pool in pools] == [0, *waiting[:-1]], "what fills no batch comes with the next"
