"""The exact local matrix of a ReLU network: output = J x + offset, with J constant around each frame.

With d_l the slope (0 or 1) of each unit of layer l at frame x and D_l = diag(d_l):

    J = D_L W_L ... D_2 W_2 D_1 W_1                       plain stack
    J = diag(mask) + diag(x) D_L W_L ... D_1 W_1          skip-filtering, output = mask * x

Averages over frames say what the network does on a segment: raw, or input-weighted, where frame t counts
in column k by its input x_t[k], so that the average times the mean input is the mean of J_t diag(x_t).
"""

from collections.abc import Sequence

import numpy as np
import torch

from singmap.compute.matmul import product
from singmap.models.network import Layer


def local_jacobian(
    layers: Sequence[Layer], frame: np.ndarray, skip_filtering: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Exact J (n_out, n_in) and offset (n_out,) at one frame (n_in,): output = J @ frame + offset."""
    slopes, mask = _forward(layers, torch.from_numpy(frame[None]).to(layers[0].weight))
    x = torch.from_numpy(np.asarray(frame)).to(layers[0].weight)
    jacobian = _chain(layers, slopes, 0)[2].new_zeros(len(layers[-1].weight), len(frame))
    rows, columns, left = _chain(layers, slopes, 0)
    jacobian[rows] = product(left, layers[0].weight[columns])
    output = mask[0]
    if skip_filtering:
        jacobian = torch.diag(mask[0]) + x[:, None] * jacobian
        output = mask[0] * x
    return jacobian.numpy(), (output - jacobian @ x).numpy()


def mean_jacobian(layers: Sequence[Layer], frames: np.ndarray, skip_filtering: bool = False) -> np.ndarray:
    """Average of J over frames (n_frames, n_in), as (n_out, n_in).

    Cost: the sum over frames runs over products of all layers but the first, among active units only; for
    two layers it needs none and costs one n^2 T and one n^3 product.
    """
    x = torch.from_numpy(np.array(frames)).to(layers[0].weight)
    slopes, mask = _forward(layers, x)
    output_scale = slopes[-1] * x if skip_filtering else slopes[-1]
    if len(layers) == 1:
        mean = output_scale.mean(dim=0)[:, None] * layers[0].weight
    else:
        mean = product(_summed_upper(layers, slopes, output_scale), layers[0].weight) / len(frames)
    if skip_filtering:
        mean = mean + torch.diag(mask.mean(dim=0))
    return mean.numpy()


def weighted_mean_jacobian(
    layers: Sequence[Layer], frames: np.ndarray, skip_filtering: bool = False
) -> np.ndarray:
    """Input-weighted average of J over frames, sum_t J_t diag(x_t) / sum_t x_t, as (n_out, n_in).

    Columns of bins that are silent in all frames are zero. Cost: L - 1 products of n^3 a frame, among
    active units only.
    """
    x = torch.from_numpy(np.array(frames)).to(layers[0].weight)
    slopes, mask = _forward(layers, x)
    total = x.new_zeros(len(layers[-1].weight), x.shape[1])
    for index, frame in enumerate(x):
        rows, columns, left = _chain(layers, slopes, index)
        if skip_filtering:
            left = left * frame[rows, None]
        total[rows] += product(left, layers[0].weight[columns]) * frame
    if skip_filtering:
        total += torch.diag((mask * x).sum(dim=0))
    weight = x.sum(dim=0)
    return torch.where(weight > 0, total / weight, 0).numpy()


def _forward(layers: Sequence[Layer], hidden: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Slopes of every layer, (n_frames, n_units) of 0 and 1 each, and the last layer's output."""
    slopes = []
    for layer in layers:
        hidden = hidden @ layer.weight.T + layer.bias
        if layer.activation == "relu":
            slopes.append((hidden > 0).to(hidden))
            hidden = hidden.relu()
        else:
            slopes.append(torch.ones_like(hidden))
    return slopes, hidden


def _chain(layers: Sequence[Layer], slopes: list[torch.Tensor], frame: int) -> tuple[torch.Tensor, ...]:
    """D_L W_L ... D_2 W_2 D_1 of one frame, without its zero rows and columns.

    Returns the active units of the last layer, those of the first, and the matrix between them.
    """
    active = [slope[frame].nonzero().squeeze(1) for slope in slopes]
    if len(layers) == 1:
        return active[0], active[0], torch.eye(len(active[0])).to(layers[0].weight)
    left = layers[-1].weight[active[-1]][:, active[-2]]
    for index in range(len(layers) - 2, 0, -1):
        left = product(left, layers[index].weight[active[index]][:, active[index - 1]])
    return active[-1], active[0], left


def _summed_upper(
    layers: Sequence[Layer], slopes: list[torch.Tensor], output_scale: torch.Tensor
) -> torch.Tensor:
    """Sum over frames of diag(output_scale) W_L ... D_2 W_2 D_1, (n_out, n_first_units)."""
    if len(layers) == 2:
        return product(output_scale.T, slopes[0]) * layers[1].weight
    total = output_scale.new_zeros(len(layers[-1].weight), len(layers[0].weight))
    for frame, scale in enumerate(output_scale):
        rows, columns, left = _chain(layers, slopes, frame)
        total[rows[:, None], columns] += scale[rows, None] * left
    return total
