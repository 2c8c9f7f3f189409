"""Batches of frames in random order on the training device, which hold all frames or stream them from disk.

The order of an epoch depends on the seed, the epoch's number and the cache's size against `resident_frames`
alone, so that a run resumes anywhere without the state of a generator, and does not depend on where its
frames found room.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import torch

from singmap.runtime.errors import InputError
from singmap.spectra.cache import SpectraCache
from singmap.spectra.pools import shuffled_frames, shuffled_pools
from singmap.training.device_frames import Batch, drawn, kept_frames, streamed_batches

TRIED_FRAMES = 8  # of a model of one's own, before its training


class ShuffledBatches:
    """The training batches of every epoch, all of one size.

    Parameters
    ----------
    cache : frames to draw from
    batch_frames : frames of one batch; fewer when there are fewer altogether. No frame comes twice in an
        epoch; up to batch_frames - 1, which fill no batch, are left out, other ones each time
    seed : of the order
    resident_frames : caches up to this size are kept on the device and shuffled as a whole; larger ones are
        shuffled in pools, and streamed from disk unless the device is a GPU with room for them
    device : where the batches are wanted
    """

    def __init__(
        self, cache: SpectraCache, batch_frames: int, seed: int, resident_frames: int, device: torch.device
    ):
        self.cache, self.seed, self.device = cache, seed, device
        self.batch_frames = min(batch_frames, cache.n_frames)
        self.n_batches = cache.n_frames // self.batch_frames
        self._in_pools = cache.n_frames > resident_frames
        self._kept = kept_frames(cache, device, resident_frames)

    def epoch(self, number: int, first_batch: int = 0) -> Iterator[Batch]:
        """Yield mixture and target of each batch, (batch_frames, n_bins) float32, from `first_batch` on."""
        arguments = self.cache.n_frames, self.batch_frames, self.seed, number
        if self._kept is None:
            streamed = streamed_batches(self.cache, shuffled_pools(*arguments), self.device, first_batch)
            yield from islice(streamed, self.n_batches - first_batch)
            return
        for rows in self._order(number)[first_batch:].to(self.device):
            yield drawn(self._kept.arrays, rows)

    def _order(self, number: int) -> torch.Tensor:
        """The numbers of an epoch's frames, (n_batches, batch_frames)."""
        n_frames, n_used = self.cache.n_frames, self.n_batches * self.batch_frames
        if self._in_pools:
            batches = shuffled_frames(n_frames, self.batch_frames, self.seed, number)
            order = np.concatenate(list(islice(batches, self.n_batches)))
        else:
            order = np.random.default_rng([self.seed, number]).permutation(n_frames)[:n_used]
        return torch.from_numpy(order.reshape(self.n_batches, self.batch_frames))


def sampled_frames(cache: SpectraCache) -> torch.Tensor:
    """A few mixture frames of a cache, evenly spread, (n_frames, n_bins), to try a model on."""
    numbers = np.linspace(0, cache.n_frames - 1, min(TRIED_FRAMES, cache.n_frames)).astype(int)
    return torch.from_numpy(np.asarray(cache.mixture[numbers], dtype=np.float32))


def check_frames(cache: SpectraCache, n_bins: int) -> None:
    """Raise InputError when a cache is empty or its frames do not fit a model of `n_bins`."""
    if not cache.n_frames:
        remedy = "let dataset.train and dataset.valid select tracks"
        raise InputError(str(cache.folder), "at least one frame", "none", remedy)
    if cache.n_bins != n_bins:
        remedy = "spectra and model must come from the same stft.fft_samples"
        raise InputError(str(cache.folder), f"frames of {n_bins} bins", f"{cache.n_bins} bins", remedy)
