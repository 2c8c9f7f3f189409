"""Number formats of an optimisation: what products use, what parameters keep, how matrices are padded."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from singmap.compute.device import PRECISIONS as TRAINING_PRECISIONS
from singmap.compute.device import choose_precision

PRECISIONS = ("float64", *TRAINING_PRECISIONS)
PAD_FROM = 256  # bins from which padding pays; smaller matrices stay as they are
PAD_MULTIPLE = 16  # numbers: one AVX-512 register of float32, and what CUDA's tensor cores want

Number = TypeVar("Number", bound=np.floating)


@dataclass(frozen=True)
class WorkFormat:
    """Format of one optimisation: products in `dtype`, parameters and targets in `master`."""

    dtype: torch.dtype
    master: torch.dtype
    device: torch.device
    pads: bool

    def tensor(self, array: NDArray[np.floating], master: bool = False) -> torch.Tensor:
        """Copy an array to the device, in the products' format or the parameters'."""
        values = torch.from_numpy(np.array(array, order="C"))
        return values.to(self.device, self.master if master else self.dtype)


def work_format(precision: str, device: torch.device) -> WorkFormat:
    """The format that a name stands for, see `choose_precision`; raises InputError as that does."""
    work = choose_precision(precision, device, "mapping.precision", PRECISIONS)
    master = torch.float64 if work is torch.float64 else torch.float32
    return WorkFormat(work, master, device, pads=work is not torch.float64)


def padded(array: NDArray[Number], form: WorkFormat, n_axes: int) -> NDArray[Number]:
    """Append zeros to the last `n_axes` axes up to the next multiple that the kernels like.

    Zeros stay zeros in every step of the optimisations, so results don't change.
    """
    if not form.pads:
        return array
    extra = [padded_length(length) - length for length in array.shape[-n_axes:]]
    return np.pad(array, [(0, 0)] * (array.ndim - n_axes) + [(0, more) for more in extra])


def padded_length(length: int) -> int:
    """The next length that the kernels like, from `length` on."""
    return length + (-length % PAD_MULTIPLE if length >= PAD_FROM else 0)
