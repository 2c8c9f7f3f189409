"""The exact local matrix of a ReLU network, or the Jacobian of any function, averaged over the frames."""

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
    """Average the local matrices over each segment's frames."""
    return mean_jacobians(examination, mean_jacobian, weighted=False)


def mean_jacobian(layers: Sequence[Layer], frames: np.ndarray, skip_filtering: bool = False) -> np.ndarray:
    """Average of J over frames (n_frames, n_in), as (n_out, n_in).

    Cost: the sum over frames runs over products of all layers but the first, among active units only; for
    two layers it needs none and costs one n^2 T and one n^3 product.
    """
    x = torch.from_numpy(np.array(frames)).to(layers[0].weight)
    slopes, mask = slopes_and_output(layers, x)
    output_scale = slopes[-1] * x if skip_filtering else slopes[-1]
    if len(layers) == 1:
        mean = output_scale.mean(dim=0)[:, None] * layers[0].weight
    else:
        mean = product(_summed_upper(layers, slopes, output_scale), layers[0].weight) / len(frames)
    if skip_filtering:
        mean = mean + torch.diag(mask.mean(dim=0))
    return mean.cpu().numpy()


def _summed_upper(
    layers: Sequence[Layer], slopes: list[torch.Tensor], output_scale: torch.Tensor
) -> torch.Tensor:
    """Sum over frames of diag(output_scale) W_L ... D_2 W_2 D_1, (n_out, n_first_units)."""
    if len(layers) == 2:
        return product(output_scale.T, slopes[0]) * layers[1].weight
    total = output_scale.new_zeros(len(layers[-1].weight), len(layers[0].weight))
    for frame, scale in enumerate(output_scale):
        rows, columns, left = active_chain(layers, slopes, frame)
        total[rows[:, None], columns] += scale[rows, None] * left
    return total
