"""Frames on the training device: all of a cache where they fit, else pools of them that come one ahead."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np
import torch

from singmap.spectra.cache import SpectraCache
from singmap.spectra.pools import Pool

Batch = tuple[torch.Tensor, torch.Tensor]  # mixture and target, (n_frames, n_bins) float32 each
Arrays = list[torch.Tensor]  # the same of any number of frames, in the formats that the cache stores

PIECE_FRAMES = 4096  # that are copied to a device at a time
RESERVED_BYTES = 4 << 30  # of a GPU's free memory, for model, optimiser, batches and libraries
READERS = {"cpu": 1, "cuda": 4}  # threads: on a CPU the training needs them itself


class KeptFrames:
    """All frames of a cache on a device, in the formats that the cache stores: float16 is half as large."""

    def __init__(self, cache: SpectraCache, device: torch.device):
        self.arrays = _empty(cache, cache.n_frames, device)
        for array, kept in zip((cache.mixture, cache.target), self.arrays, strict=True):
            for first in range(0, cache.n_frames, PIECE_FRAMES):
                piece = np.array(array[first : first + PIECE_FRAMES])
                kept[first : first + PIECE_FRAMES].copy_(torch.from_numpy(piece))

    def slice(self, first: int, stop: int) -> Batch:
        """Frames that follow one another."""
        mixture, target = (array[first:stop].float() for array in self.arrays)
        return mixture, target


def kept_frames(cache: SpectraCache, device: torch.device, frames_max: int) -> KeptFrames | None:
    """All frames on the device: up to `frames_max` in any case, more on a GPU with free memory for them."""
    if cache.n_frames <= frames_max:
        return KeptFrames(cache, device)
    if device.type != "cuda":
        return None
    free_bytes, _ = torch.cuda.mem_get_info(device)
    if cache.mixture.nbytes + cache.target.nbytes > free_bytes - RESERVED_BYTES:
        return None
    try:
        return KeptFrames(cache, device)
    except torch.OutOfMemoryError:  # another job was faster
        return None


def frames_on(device: torch.device, cache: SpectraCache, frames: slice) -> Batch:
    """Copy consecutive frames of a cache to `device`."""
    mixture, target = (np.array(array[frames], dtype=np.float32) for array in (cache.mixture, cache.target))
    return torch.from_numpy(mixture).to(device), torch.from_numpy(target).to(device)


def drawn(arrays: Arrays, rows: torch.Tensor) -> Batch:
    """The frames of these numbers as float32."""
    mixture, target = (array.index_select(0, rows).float() for array in arrays)
    return mixture, target


def streamed_batches(
    cache: SpectraCache, pools: Iterator[Pool], device: torch.device, first_batch: int = 0
) -> Iterator[Batch]:
    """Yield the batches of all pools, from `first_batch` on, while the next pool is on its way.

    Threads read the next pool from disk. On a GPU they read into pinned memory, which is copied by a stream
    of its own as soon as it is filled, and the batches are gathered by the GPU: one of 128 frames takes the
    host longer than a step of training takes the GPU. Memory: 2 pools, on a GPU as much again on the host.
    """
    with ThreadPoolExecutor(READERS[device.type]) as readers:
        buffers = [_PinnedBuffer() if device.type == "cuda" else None for _ in range(2)]
        upcoming: _Arrival | None = _Arrival(cache, next(pools), device, readers, buffers[0])
        before: Arrays = []
        while upcoming is not None:
            present, buffers = upcoming, buffers[::-1]
            arrays = present.completed(before)
            following = next(pools, None)
            upcoming = _Arrival(cache, following, device, readers, buffers[0]) if following else None
            batches = present.pool.batches
            n_skipped = min(first_batch, len(batches))
            first_batch -= n_skipped
            # All at once: each copy of numbers would let the host wait for the steps before it.
            numbers = torch.from_numpy(np.concatenate([np.empty(0, np.int64), *batches])).to(device)
            for rows in torch.split(numbers, [len(batch) for batch in batches])[n_skipped:]:
                yield drawn(arrays, rows)
                if upcoming is not None:
                    upcoming.copy_if_read()
            before = arrays


class _PinnedBuffer:
    """Memory that a GPU reads by itself, used again and again, and the event after its last copy."""

    def __init__(self) -> None:
        self.arrays: Arrays = []
        self.copied: Any = None

    def rows(self, cache: SpectraCache, n_frames: int) -> Arrays:
        """Room for so many frames, once what was in it has been copied."""
        if self.copied is not None:
            self.copied.synchronize()
        if not self.arrays or len(self.arrays[0]) < n_frames:
            self.arrays = [each.pin_memory() for each in _empty(cache, n_frames, torch.device("cpu"))]
        return [array[:n_frames] for array in self.arrays]


class _Arrival:
    """A pool on its way from the disk to the device; the frames kept from the one before come first."""

    def __init__(
        self,
        cache: SpectraCache,
        pool: Pool,
        device: torch.device,
        readers: ThreadPoolExecutor,
        buffer: _PinnedBuffer | None,
    ):
        self.pool, self._buffer, n_kept = pool, buffer, len(pool.kept)
        self._arrays = _empty(cache, n_kept + pool.n_read, device)
        self._targets = [array[n_kept:] for array in self._arrays]
        self._sources = buffer.rows(cache, pool.n_read) if buffer else self._targets
        self._reading = _read(cache, pool, self._sources, readers, READERS[device.type])
        self._is_copied = buffer is None

    def copy_if_read(self) -> None:
        """Start the copy to the device, if it is due; it runs beside whatever the device does."""
        if self._is_copied or self._buffer is None or not all(part.done() for part in self._reading):
            return
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call] # torch has no types here
        # The memory copied to was the main stream's before: what that still does with it comes first.
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for target, source in zip(self._targets, self._sources, strict=True):
                target.copy_(source, non_blocking=True)
        self._buffer.copied = side.record_event()
        self._is_copied = True

    def completed(self, before: Arrays) -> Arrays:
        """The whole pool on the device, once it is there; `before` is the pool that came before it."""
        wait(self._reading)
        for part in self._reading:
            part.result()  # raises what the reader raised
        self.copy_if_read()
        if self._buffer is not None:
            torch.cuda.current_stream().wait_event(self._buffer.copied)
        if n_kept := len(self.pool.kept):
            rows = torch.from_numpy(self.pool.kept).to(self._arrays[0].device)
            for array, old in zip(self._arrays, before, strict=True):
                array[:n_kept] = old.index_select(0, rows)
        return self._arrays


def _read(
    cache: SpectraCache, pool: Pool, arrays: Arrays, readers: ThreadPoolExecutor, n_parts: int
) -> Sequence[Future[None]]:
    """Let the readers fill the arrays, each with a part of the blocks."""
    stops = np.cumsum(pool.lengths)
    parts = [part for part in np.array_split(np.arange(len(stops)), n_parts) if len(part)]
    futures = []
    for part in parts:
        rows = slice(int(stops[part[0]] - pool.lengths[part[0]]), int(stops[part[-1]]))
        mixture, target = (array[rows].numpy() for array in arrays)
        futures.append(
            readers.submit(cache.read_blocks, pool.starts[part], pool.lengths[part], mixture, target)
        )
    return futures


def _empty(cache: SpectraCache, n_frames: int, device: torch.device) -> Arrays:
    """Room for mixture and target of so many frames, in their stored formats."""
    formats = (torch.from_numpy(np.empty(0, array.dtype)).dtype for array in (cache.mixture, cache.target))
    return [torch.empty((n_frames, cache.n_bins), dtype=form, device=device) for form in formats]
