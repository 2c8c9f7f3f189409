"""A stack of dense layers as it is around given frames: linear, with the units of that frame open.

With d_l the slope (0 or 1 for ReLU) of each unit of layer l at frame x, and D_l = diag(d_l), the last layer's
output there is M x + b with

    M = D_L W_L ... D_2 W_2 D_1 W_1        and b what the biases put into it through the open units.

For a plain model that is the output itself, and M its Jacobian. For a skip-filtering model it is the mask;
the output is x * (M x + b), and the Jacobian diag(M x + b) + diag(x) M.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from singmap.compute.matmul import product
from singmap.mapping.jacobian import slopes_and_output
from singmap.mapping.subject import ExaminedModel
from singmap.models.layers import Layer
from singmap.runtime.errors import InputError


@dataclass(frozen=True)
class LocalStack:
    """The layers around frames.

    frames : x, (n_frames, n_bins)
    slopes : of every layer, (n_frames, n_units)
    linear : M x, (n_frames, n_bins)
    bias : b, (n_frames, n_bins)
    factor : what M x + b is multiplied with to give the output: x for skip-filtering models, or ones
    output : the model's output, (n_frames, n_bins)
    """

    layers: Sequence[Layer]
    frames: torch.Tensor
    slopes: list[torch.Tensor]
    linear: torch.Tensor
    bias: torch.Tensor
    factor: torch.Tensor
    output: torch.Tensor
    skip_filtering: bool


def local_stack(model: ExaminedModel, frames: np.ndarray) -> LocalStack:
    """The layers of a model around `frames` (n_frames, n_bins), which may be silent.

    Raises InputError where the layers are not known, or the model has other bins at its output than at its
    input.
    """
    layers = model.known_layers
    x = torch.from_numpy(np.array(frames)).to(layers[0].weight)
    n_out = len(layers[-1].weight)
    if x.shape[1] != n_out:
        raise InputError("model", f"{x.shape[1]} output bins, as many as the frames have", f"{n_out}")
    slopes, last = slopes_and_output(layers, x)
    linear = x
    for layer, slope in zip(layers, slopes, strict=True):
        linear = slope * product(linear, layer.weight.T)
    factor = x if model.skip_filtering else torch.ones_like(x)
    return LocalStack(layers, x, slopes, linear, last - linear, factor, factor * last, model.skip_filtering)


def upper_rows(stack: LocalStack, frame: int, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of D_L W_L ... D_2 W_2 D_1 at one frame, without the columns of the first layer's closed units.

    rows : numbers of the output bins, (n_rows,)
    Returns the open units of the first layer, (n_open,), and the rows, (n_rows, n_open). Raises InputError
    for one layer alone, which has nothing above the first.
    """
    layers, slopes = stack.layers, stack.slopes
    if len(layers) == 1:
        raise InputError("model", "at least two layers", "one")
    open_units = [slope[frame].nonzero().squeeze(1) for slope in slopes[:-1]]
    # Not by `matmul.product`, whose kernels are compiled for each shape: here every frame has its own.
    left = layers[-1].weight.index_select(0, rows).index_select(1, open_units[-1])
    for index in range(len(layers) - 2, 0, -1):
        weight = layers[index].weight.index_select(0, open_units[index])
        left = torch.mm(left, weight.index_select(1, open_units[index - 1]))
    return open_units[0], slopes[-1][frame, rows, None] * left


def matrix_rows(stack: LocalStack, frame: int, rows: torch.Tensor) -> torch.Tensor:
    """Rows of M at one frame, (n_rows, n_bins)."""
    first = stack.layers[0].weight
    if len(stack.layers) == 1:
        return stack.slopes[0][frame, rows, None] * first[rows]
    open_units, left = upper_rows(stack, frame, rows)
    return torch.mm(left, first.index_select(0, open_units))
