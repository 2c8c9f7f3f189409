"""Number formats of an optimisation: what products use, what parameters keep, how matrices are padded."""

from dataclasses import dataclass

import numpy as np
import torch

from workflow.lib.device import has_bfloat16_products
from workflow.lib.errors import InputError

PRECISIONS = ("float64", "float32", "tf32", "bfloat16", "auto")
PAD_FROM = 256  # bins from which padding pays; smaller matrices stay as they are
PAD_MULTIPLE = 16  # numbers: one AVX-512 register of float32, and what CUDA's tensor cores want


@dataclass(frozen=True)
class WorkFormat:
    """Format of one optimisation: products in `dtype`, parameters and targets in `master`."""

    dtype: torch.dtype
    master: torch.dtype
    device: torch.device
    pads: bool

    def tensor(self, array: np.ndarray, master: bool = False) -> torch.Tensor:
        """Copy an array to the device, in the products' format or the parameters'."""
        values = torch.from_numpy(np.array(array, order="C"))
        return values.to(self.device, self.master if master else self.dtype)


def work_format(precision: str, device: torch.device) -> WorkFormat:
    """The format that a name stands for.

    ``tf32`` is float32 whose products use TF32 on a GPU; ``auto`` is bfloat16 where hardware multiplies it
    (in software it is some hundred times slower than float32), else float32.

    Raises InputError for an unknown name, and for tf32 without a GPU.
    """
    if precision not in PRECISIONS:
        raise InputError("mapping.precision", " or ".join(PRECISIONS), repr(precision))
    if precision == "tf32" and device.type != "cuda":
        raise InputError("mapping.precision", "a GPU for tf32", str(device), "choose float32 or bfloat16")
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    if precision == "auto":
        precision = "bfloat16" if has_bfloat16_products(device) else "float32"
    master = torch.float64 if precision == "float64" else torch.float32
    work = torch.bfloat16 if precision == "bfloat16" else master
    return WorkFormat(work, master, device, pads=work is not torch.float64)


def padded(array: np.ndarray, form: WorkFormat, n_axes: int) -> np.ndarray:
    """Append zeros to the last `n_axes` axes up to the next multiple that the kernels like.

    Zeros stay zeros in every step of the optimisations, so results don't change.
    """
    if not form.pads:
        return array
    lengths = array.shape[-n_axes:]
    extra = [-length % PAD_MULTIPLE if length >= PAD_FROM else 0 for length in lengths]
    return np.pad(array, [(0, 0)] * (array.ndim - n_axes) + [(0, more) for more in extra])
