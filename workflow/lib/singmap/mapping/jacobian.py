"""The exact local matrix of a ReLU network: output = J x + offset, with J constant around each frame.

With d_l the slope (0 or 1) of each unit of layer l at frame x and D_l = diag(d_l):

    J = D_L W_L ... D_2 W_2 D_1 W_1                       plain stack
    J = diag(mask) + diag(x) D_L W_L ... D_1 W_1          skip-filtering, output = mask * x

Averages over the frames of a segment are the methods jacobian and jacobian_weighted.
"""

from collections.abc import Sequence

import numpy as np
import torch

from singmap.compute.matmul import product
from singmap.models.layers import Layer


def local_jacobian(
    layers: Sequence[Layer], frame: np.ndarray, skip_filtering: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Exact J (n_out, n_in) and offset (n_out,) at one frame (n_in,): output = J @ frame + offset."""
    slopes, mask = slopes_and_output(layers, torch.from_numpy(frame[None]).to(layers[0].weight))
    x = torch.from_numpy(np.asarray(frame)).to(layers[0].weight)
    rows, columns, left = active_chain(layers, slopes, 0)
    jacobian = left.new_zeros(len(layers[-1].weight), len(frame))
    jacobian[rows] = product(left, layers[0].weight[columns])
    output = mask[0]
    if skip_filtering:
        jacobian = torch.diag(mask[0]) + x[:, None] * jacobian
        output = mask[0] * x
    return jacobian.cpu().numpy(), (output - jacobian @ x).cpu().numpy()


def slopes_and_output(
    layers: Sequence[Layer], hidden: torch.Tensor
) -> tuple[list[torch.Tensor], torch.Tensor]:
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


def active_chain(
    layers: Sequence[Layer], slopes: list[torch.Tensor], frame: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
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
