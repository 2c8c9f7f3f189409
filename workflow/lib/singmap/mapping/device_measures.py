"""What curves record of matrices that lie on a GPU: what matrix.curve_measures has, of a stack at once.

On the host they took longer than the iterations between two records take a GPU.
"""

from collections.abc import Sequence

import numpy as np
import torch

from singmap.compute.device import full_float32
from singmap.mapping.matrix import CURVE_BAND_BINS, curve_measures

Measures = dict[str, float]


class CurveRecorder:
    """Measures matrices where they lie.

    Parameters
    ----------
    frames, output : (n_segments, n_frames, n_in) and the model's output, (n_segments, n_frames, n_out)
    """

    def __init__(self, frames: np.ndarray, output: np.ndarray):
        self._frames, self._output = frames, output
        self._on_device: tuple[torch.Tensor, torch.Tensor] | None = None

    def measures(self, stack: torch.Tensor, segments: Sequence[int]) -> dict[int, Measures]:
        """Those of the given segments among all matrices (n_segments, n_out, n_in)."""
        if stack.device.type == "cpu":
            arrays = stack.numpy()
            return {s: curve_measures(arrays[s], self._frames[s], self._output[s]) for s in segments}
        if self._on_device is None:
            frames, output = (torch.from_numpy(part).to(stack) for part in (self._frames, self._output))
            self._on_device = frames, output
        every = stack_measures(stack, *self._on_device)
        return {segment: every[segment] for segment in segments}


def stack_measures(stack: torch.Tensor, frames: torch.Tensor, output: torch.Tensor) -> list[Measures]:
    """The measures of every segment, of tensors on one device in one format; the host waits once."""
    with full_float32():
        residual = output - torch.bmm(frames, stack.mT)
    columns = {f"relative_l{order}": _norms(residual, order) / _norms(output, order) for order in (1, 2)}
    for prefix, matrices in {"": stack, "weighted_": stack * frames.mean(dim=1, keepdim=True)}.items():
        columns[f"{prefix}diagonal_share"] = _band_shares(matrices, 0)
        columns[f"{prefix}band_share_{CURVE_BAND_BINS}"] = _band_shares(matrices, CURVE_BAND_BINS)
    rows = torch.stack(list(columns.values()), dim=1).tolist()
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _norms(values: torch.Tensor, order: int) -> torch.Tensor:
    """The norm of each segment's numbers, (n_segments,) float64."""
    norms: torch.Tensor = torch.linalg.vector_norm(values, order, dim=(1, 2), dtype=torch.float64)
    return norms


def _band_shares(stack: torch.Tensor, half_width_bins: int) -> torch.Tensor:
    """matrix.band_share of each segment, (n_segments,)."""
    power = stack.double().square()
    offsets = range(-half_width_bins, half_width_bins + 1)
    diagonals = (torch.diagonal(power, offset, dim1=1, dim2=2).sum(dim=1) for offset in offsets)
    within = torch.stack(list(diagonals)).sum(dim=0)
    return torch.clamp(within / power.sum(dim=(1, 2)), max=1)
