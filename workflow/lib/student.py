"""The student form of NCA: a free matrix C, plain linear distillation with NCA's loss and optimiser.

loss = sum |Y - C X|, C (n_out, n_in) Xavier-normal at the start. Source: as workflow/lib/nca.py.
"""

import numpy as np
import torch

from workflow.lib.precision import padded, work_format
from workflow.lib.products import product_each


class StudentProblem:
    """Free matrices of a stack of segments (descent.Problem).

    Parameters
    ----------
    frames, target : (n_segments, n_frames, n_in) and (n_segments, n_frames, n_out), linear magnitude
    initial : (n_segments, n_out, n_in)
    """

    def __init__(self, frames, target, initial, precision, device="cpu"):
        form = work_format(precision, torch.device(device))
        self._shape = initial.shape[1:]
        self._form = form
        self._frames = form.tensor(padded(frames, form, 2))
        self._target = form.tensor(padded(target, form, 2), master=True)
        self.parameters = [form.tensor(padded(initial, form, 2), master=True)]
        self.copies = [matrix.to(form.dtype) for matrix in self.parameters]

    def gradients(self) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Loss of each segment and dC; see descent.Problem."""
        estimate = product_each(self._frames, self.copies[0].mT)
        residual = estimate.to(self._target.dtype) - self._target
        loss = residual.abs().sum(dim=(1, 2), dtype=torch.float64)
        slope = residual.sign_().to(self._form.dtype)
        return loss, [product_each(slope.mT, self._frames)]

    def mapping(self) -> torch.Tensor:
        """C of every segment, (n_segments, n_out, n_in) on the CPU."""
        n_out, n_in = self._shape
        return self.parameters[0][:, :n_out, :n_in].cpu().clone()


def xavier_student(n_out: int, n_in: int, seed: int) -> np.ndarray:
    """A Xavier-normal start (n_out, n_in), float64, from `seed`."""
    start = torch.empty(n_out, n_in, dtype=torch.float64)
    return torch.nn.init.xavier_normal_(start, generator=torch.Generator().manual_seed(seed)).numpy()
