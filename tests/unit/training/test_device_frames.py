"""Frames on a device: kept or streamed they are the same, and nobody waits for nobody in vain."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from singmap.files.storage import save_array
from singmap.runtime.errors import InputError
from singmap.spectra.cache import SpectraCache
from singmap.spectra.pools import shuffled_frames, shuffled_pools
from singmap.training import device_frames
from singmap.training.batches import ShuffledBatches
from singmap.training.device_frames import KeptFrames, kept_frames, streamed_batches
from tests.helpers.training_data import make_cache, write_cache

CPU = torch.device("cpu")
SIZES = {"block_frames": 8, "pool_blocks": 5}
N_FRAMES, BATCH = 300, 12


@pytest.fixture(params=[np.float32, np.float16])
def cache(tmp_path, request):
    folder = write_cache(tmp_path / "cache", N_FRAMES)
    for name in ("mixture", "target"):
        save_array(folder / f"{name}.npy", np.load(folder / f"{name}.npy").astype(request.param))
    return SpectraCache(folder)


def assert_streamed_is(cache, device, first_batch=0):
    """Compare what is streamed with the rows that the order names."""
    arguments = N_FRAMES, BATCH, 3, 1
    pools = shuffled_pools(*arguments, **SIZES)
    streamed = list(streamed_batches(cache, pools, device, first_batch))
    numbers = list(shuffled_frames(*arguments, **SIZES))[first_batch:]
    for (mixture, target), rows in zip(streamed, numbers, strict=True):
        assert mixture.dtype == target.dtype == torch.float32
        np.testing.assert_array_equal(mixture.cpu(), cache.mixture[rows])
        np.testing.assert_array_equal(target.cpu(), cache.target[rows])


@pytest.mark.parametrize("first_batch", [0, 1, 11, 24, 25])
def test_streamed_batches_are_those_of_the_order(cache, first_batch):
    assert_streamed_is(cache, CPU, first_batch)


def test_pools_reach_a_gpu_before_they_are_used(cache, cuda):
    assert_streamed_is(cache, cuda)


def test_a_buffer_is_filled_again_when_its_copy_is_done(cache, fake_gpu):
    buffer, waited = device_frames._PinnedBuffer(), []
    buffer.rows(cache, 20)
    buffer.copied = SimpleNamespace(synchronize=lambda: waited.append(len(buffer.arrays[0])))
    assert [len(array) for array in buffer.rows(cache, 7)] == [7, 7]
    assert waited == [20]


def test_a_gpu_gathers_its_batches_itself(cache, fake_gpu):
    """Only pools cross the bus, in the stored format; batches in float32 would be twice as large."""
    list(streamed_batches(cache, shuffled_pools(N_FRAMES, BATCH, 0, 0, **SIZES), torch.device("cuda")))
    frames = cache.mixture.nbytes + cache.target.nbytes
    numbers = 8 * (N_FRAMES + 8 * BATCH)
    assert frames <= fake_gpu.copied_bytes["to"] <= frames + numbers
    assert fake_gpu.copied_bytes["from"] == fake_gpu.waits == 0


def test_kept_frames_are_those_of_the_cache(cache, cuda, monkeypatch):
    monkeypatch.setattr(device_frames, "PIECE_FRAMES", 7)
    kept = KeptFrames(cache, cuda)
    assert [array.dtype for array in kept.arrays] == [torch.from_numpy(np.array(cache.mixture[:1])).dtype] * 2
    mixture, target = kept.slice(5, 100)
    np.testing.assert_array_equal(mixture.cpu(), cache.mixture[5:100])
    np.testing.assert_array_equal(target.cpu(), cache.target[5:100].astype(np.float32))


def test_a_gpu_keeps_what_finds_room_and_a_cpu_what_it_may(cache, fake_gpu):
    cuda = torch.device("cuda")
    n_bytes = cache.mixture.nbytes + cache.target.nbytes
    fake_gpu.free_bytes = device_frames.RESERVED_BYTES + n_bytes
    assert kept_frames(cache, cuda, frames_max=1) is not None
    fake_gpu.free_bytes -= 1
    assert kept_frames(cache, cuda, frames_max=1) is None
    assert kept_frames(cache, cuda, frames_max=N_FRAMES) is not None
    assert kept_frames(cache, CPU, frames_max=N_FRAMES - 1) is None


def test_a_gpu_that_another_job_filled_meanwhile_streams(cache, fake_gpu, monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1 << 40, 1 << 40))
    fake_gpu.free_bytes = 100
    assert kept_frames(cache, torch.device("cuda"), frames_max=1) is None


def test_the_order_does_not_depend_on_where_frames_find_room(cache, fake_gpu):
    """Else the weights of a seed would depend on what else runs on the card."""
    drawn = []
    for free_bytes in (80 << 30, 1 << 30):
        fake_gpu.free_bytes = free_bytes
        batches = ShuffledBatches(cache, BATCH, 0, resident_frames=1, device=torch.device("cuda"))
        drawn.append([mixture.tolist() for mixture, _ in batches.epoch(2, first_batch=3)])
    on_cpu = ShuffledBatches(cache, BATCH, 0, resident_frames=1, device=CPU)
    assert drawn[0] == drawn[1] == [mixture.tolist() for mixture, _ in on_cpu.epoch(2, first_batch=3)]


def test_streaming_may_be_abandoned_and_damage_is_told(tmp_path):
    cache = make_cache(tmp_path / "cache", N_FRAMES)
    stream = streamed_batches(cache, shuffled_pools(N_FRAMES, BATCH, 0, 0, **SIZES), CPU)
    next(stream)
    stream.close()
    array = np.load(cache.folder / "target.npy")
    array[200] = np.nan
    np.save(cache.folder / "target.npy", array)
    with pytest.raises(InputError, match=r"target\.npy: expected finite magnitudes"):
        list(streamed_batches(cache, shuffled_pools(N_FRAMES, BATCH, 0, 0, **SIZES), CPU))
