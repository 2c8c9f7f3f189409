"""Targets that are known functions of the mixture: networks trained on them have a mapping that is known.

A measure of what trained networks do is tried on networks that were trained by the same code, on the same
mixtures, to do something known. Each function is a sparse matrix M of non-negative weights, y = M x, in whose
rows g is the learned equaliser (the best gain per bin on the training tracks), so that the targets have the
level and the spectrum of the voice's estimate:

| name | y_k | what a network that learned it does |
|---|---|---|
| equaliser | g_k x_k | filters every bin by itself: a scalar filter |
| band | g_k times the mean of x_j, abs(j - k) <= w | looks at neighbours within the window's main lobe |
| harmonic | g_k (x_k + r_k x_2k) / 2 | looks at the octave as much as at the bin itself |

r_k brings bin 2k to the level of bin k (root of the ratio of their mean powers over the training
frames); where 2k lies beyond the last bin, y_k = g_k x_k.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from singmap.runtime.errors import InputError
from singmap.spectra.cache import Frames, SpectraCache

KNOWN_FUNCTIONS = ("equaliser", "band", "harmonic")


def known_matrix(
    name: str, gains: NDArray[np.floating], power: NDArray[np.floating], half_width: int
) -> sparse.csr_array:
    """The matrix M (n_bins, n_bins) of one of KNOWN_FUNCTIONS.

    Parameters
    ----------
    gains : (n_bins,) the learned equaliser
    power : (n_bins,) the mixture's mean squared magnitude on the training frames
    half_width : w of ``band``, in bins

    Raises InputError for another name.
    """
    n_bins = len(gains)
    bins = np.arange(n_bins)
    if name == "equaliser":
        pattern = sparse.identity(n_bins, format="csr")
    elif name == "band":
        offsets = range(-half_width, half_width + 1)
        ones = sparse.diags_array([np.ones(n_bins - abs(o)) for o in offsets], offsets=list(offsets))
        pattern = sparse.diags_array(1 / ones.sum(axis=1)) @ ones
    elif name == "harmonic":
        with_octave = bins[2 * bins < n_bins]
        ratio = np.zeros(n_bins)
        octave = power[2 * with_octave]
        ratio[with_octave] = np.sqrt(
            np.divide(power[with_octave], octave, out=np.zeros(len(octave)), where=octave > 0)
        )
        own = np.where(2 * bins < n_bins, 0.5, 1.0)
        above = (0.5 * ratio[with_octave], (with_octave, 2 * with_octave))
        pattern = sparse.diags_array(own) + sparse.csr_array(above, shape=(n_bins, n_bins))
    else:
        raise InputError("known function", f"one of {', '.join(KNOWN_FUNCTIONS)}", repr(name))
    return sparse.csr_array(sparse.diags_array(gains) @ pattern)


def apply_known(matrix: sparse.csr_array, frames: NDArray[np.floating]) -> Frames:
    """M x for every frame x: (n_frames, n_bins) float32 of frames of that shape."""
    applied: Frames = (matrix @ np.asarray(frames, dtype=np.float32).T).T
    return np.ascontiguousarray(applied, dtype=np.float32)


class ComputedFrames:
    """Looks like an array of frames on disk, but computes M x from those that lie there when it is sliced."""

    dtype = np.dtype(np.float32)

    def __init__(self, mixture: Any, matrix: sparse.csr_array):
        self._mixture, self._matrix = mixture, matrix
        self.shape, self.nbytes = mixture.shape, 4 * mixture.size

    def __getitem__(self, frames: Any) -> Frames:
        return apply_known(self._matrix, self._mixture[frames])


class KnownTargetCache(SpectraCache):
    """A cache of spectra whose target is M x of its mixture, instead of the one that lies in the folder."""

    target: Any

    def __init__(self, folder: str | Path, matrix: sparse.csr_array):
        super().__init__(folder)
        if matrix.shape != (self.n_bins, self.n_bins):
            raise InputError(f"{folder}", f"spectra of {matrix.shape[0]} bins", f"{self.n_bins} bins")
        self.matrix = matrix
        self.target = ComputedFrames(self.mixture, matrix)

    def load(self) -> tuple[Frames, Frames]:
        """Mixture and known target in memory, (n_frames, n_bins) float32 each."""
        return np.array(self.mixture, dtype=np.float32), self.target[:]

    def read_blocks(
        self,
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        mixture: NDArray[np.floating],
        target: NDArray[np.floating],
    ) -> None:
        """As SpectraCache does, but the target's rows, float32, are computed from the mixture's."""
        super().read_blocks(starts, lengths, mixture, target)
        target[:] = apply_known(self.matrix, mixture)
