"""Batches of frames in random order on the training device, from memory or streamed from disk.

The order of an epoch depends on the seed and the epoch's number alone, so that a run resumes anywhere
without the state of a generator.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import torch

from singmap.runtime.errors import InputError
from singmap.spectra.cache import SpectraCache

Batch = tuple[torch.Tensor, torch.Tensor]


class ShuffledBatches:
    """The training batches of every epoch, all of one size.

    Parameters
    ----------
    cache : frames to draw from
    batch_frames : frames of one batch; fewer when there are fewer altogether. No frame comes twice in an
        epoch; up to batch_frames - 1, which fill no batch, are left out, other ones each time
    seed : of the order
    resident_frames : caches up to this size are kept on the device, larger ones are streamed from disk
    device : where the batches are wanted
    """

    def __init__(
        self, cache: SpectraCache, batch_frames: int, seed: int, resident_frames: int, device: torch.device
    ):
        self.cache, self.seed, self.device = cache, seed, device
        self.batch_frames = min(batch_frames, cache.n_frames)
        self.n_batches = cache.n_frames // self.batch_frames
        is_small = cache.n_frames <= resident_frames
        self._resident = frames_on(device, cache, slice(None)) if is_small else None

    def epoch(self, number: int, first_batch: int = 0) -> Iterator[Batch]:
        """Yield mixture and target of each batch, (batch_frames, n_bins) float32, from `first_batch` on."""
        if self._resident is None:
            drawn = self.cache.batches(self.batch_frames, self.seed, number)
            for arrays in islice(drawn, first_batch, self.n_batches):
                yield torch.from_numpy(arrays[0]).to(self.device), torch.from_numpy(arrays[1]).to(self.device)
            return
        order = np.random.default_rng([self.seed, number]).permutation(self.cache.n_frames)
        batches = order[: self.n_batches * self.batch_frames].reshape(self.n_batches, self.batch_frames)
        mixture, target = self._resident
        for rows in torch.from_numpy(batches[first_batch:]).to(self.device):
            yield mixture.index_select(0, rows), target.index_select(0, rows)


def frames_on(device: torch.device, cache: SpectraCache, frames: slice) -> Batch:
    """Copy consecutive frames of a cache to `device`: mixture and target, (n_frames, n_bins) float32."""
    mixture, target = (np.array(array[frames], dtype=np.float32) for array in (cache.mixture, cache.target))
    return torch.from_numpy(mixture).to(device), torch.from_numpy(target).to(device)


def check_frames(cache: SpectraCache, n_bins: int) -> None:
    """Raise InputError when a cache is empty or its frames do not fit a model of `n_bins`."""
    if not cache.n_frames:
        remedy = "let dataset.train and dataset.valid select tracks"
        raise InputError(str(cache.folder), "at least one frame", "none", remedy)
    if cache.n_bins != n_bins:
        remedy = "spectra and model must come from the same stft.fft_samples"
        raise InputError(str(cache.folder), f"frames of {n_bins} bins", f"{cache.n_bins} bins", remedy)
