"""The student form of NCA: a free matrix C, plain linear distillation with NCA's loss and optimiser.

loss = sum |Y - C X|, C (n_out, n_in) Xavier-normal at the start. Source: as singmap.mapping.nca. With
precision bfloat16 all is computed in float32: its products are few.
"""

import numpy as np
import torch

from singmap.compute.matmul import product_each
from singmap.compute.precision import padded, work_format
from singmap.mapping.examination import Examination
from singmap.mapping.fit import fit_segments, relative_norms
from singmap.mapping.result import MappingResult

NEEDS_LAYERS = False
USES_GPU = True
SETTINGS = ("iterations", "learning_rate", "precision", "record_every_iterations")


def map_segments(examination: Examination) -> list[MappingResult]:
    """Fit a free matrix to each segment from random starts, a fixed number of iterations."""
    n_out, n_in, settings = examination.output.shape[2], examination.frames.shape[2], examination.settings
    initial = np.stack([xavier_student(n_out, n_in, start) for start in examination.starts])
    problem = StudentProblem(
        examination.frames, examination.output, initial, settings.precision, settings.device
    )
    return fit_segments(problem, examination, settings.fixed)


class StudentProblem:
    """Free matrices of a stack of segments (fit.Problem).

    Parameters
    ----------
    frames, target : (n_segments, n_frames, n_in) and (n_segments, n_frames, n_out), linear magnitude
    initial : (n_segments, n_out, n_in)
    """

    def __init__(
        self,
        frames: np.ndarray,
        target: np.ndarray,
        initial: np.ndarray,
        precision: str,
        device: str = "cpu",
    ):
        form = work_format(precision, torch.device(device))
        self._shape = initial.shape[1:]
        self._frames, self._target, matrix = (
            form.tensor(padded(array, form, 2), master=True) for array in (frames, target, initial)
        )
        self.parameters, self.relative_l2 = [matrix], matrix.new_ones(len(matrix))

    def gradients(self) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Loss of each segment and dC; see fit.Problem."""
        residual = product_each(self._frames, self.parameters[0].mT) - self._target
        loss = residual.abs().sum(dim=(1, 2), dtype=torch.float64)
        self.relative_l2.copy_(relative_norms(residual, self._target))
        return loss, [product_each(residual.sign_().mT, self._frames)]

    def mapping(self) -> torch.Tensor:
        """C of every segment, (n_segments, n_out, n_in) on the device."""
        n_out, n_in = self._shape
        return self.parameters[0][:, :n_out, :n_in].clone()


def xavier_student(n_out: int, n_in: int, seed: int) -> np.ndarray:
    """A Xavier-normal start (n_out, n_in), float64, from `seed`."""
    start = torch.empty(n_out, n_in, dtype=torch.float64)
    generator = torch.Generator().manual_seed(seed)
    matrix: np.ndarray = torch.nn.init.xavier_normal_(start, generator=generator).numpy()
    return matrix
