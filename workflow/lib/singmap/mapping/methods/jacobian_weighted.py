"""The exact local matrix of a ReLU network, or the Jacobian of any function, frames weighted by the input."""

from collections.abc import Sequence

import numpy as np
import torch

from singmap.compute.matmul import product
from singmap.mapping.examination import Examination
from singmap.mapping.jacobian import active_chain, slopes_and_output
from singmap.mapping.mean_jacobians import mean_jacobians
from singmap.mapping.result import MappingResult
from singmap.models.layers import Layer

NEEDS_LAYERS = False
USES_GPU = True
SETTINGS = ()


def map_segments(examination: Examination) -> list[MappingResult]:
    """Average the local matrices over each segment's frames, weighted by their input."""
    return mean_jacobians(examination, weighted_mean_jacobian, weighted=True)


def weighted_mean_jacobian(
    layers: Sequence[Layer], frames: np.ndarray, skip_filtering: bool = False
) -> np.ndarray:
    """Input-weighted average of J over frames, sum_t J_t diag(x_t) / sum_t x_t, as (n_out, n_in).

    Columns of bins that are silent in all frames are zero. Cost: L - 1 products of n^3 a frame, among
    active units only.
    """
    x = torch.from_numpy(np.array(frames)).to(layers[0].weight)
    slopes, mask = slopes_and_output(layers, x)
    total = x.new_zeros(len(layers[-1].weight), x.shape[1])
    for index, frame in enumerate(x):
        rows, columns, left = active_chain(layers, slopes, index)
        if skip_filtering:
            left = left * frame[rows, None]
        total[rows] += product(left, layers[0].weight[columns]) * frame
    if skip_filtering:
        total += torch.diag((mask * x).sum(dim=0))
    weight = x.sum(dim=0)
    return torch.where(weight > 0, total / weight, 0).cpu().numpy()
