"""The network under study: feed-forward stacks that map a mixture spectrum to the target's spectrum.

One magnitude frame goes in, one comes out; every layer is n_bins x n_bins with bias and ReLU, weights start
Xavier-normal. Source: the published code of Mimilakis et al. 2020 (doi 10.1109/TASLP.2019.2952013).
"""

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import nn

from singmap.models.design import Design, ModelDesign
from singmap.models.layers import Layer


class FrameModel(nn.Module):
    """What a model under study offers: it maps magnitude frames (n_frames, n_bins) to others of that shape.

    n_bins, design : from which it is built anew
    skip_filtering : the last layer's output is a mask that multiplies the input
    """

    n_bins: int
    design: Design
    skip_filtering: bool = False

    def layers(self) -> Sequence[Layer] | None:
        """Its dense layers from input to output; None where it is known as a function alone."""
        return None


class SpectralModel(FrameModel):
    """A stack of square layers with ReLU after each; see ModelDesign for what may vary."""

    def __init__(self, n_bins: int, design: ModelDesign):
        super().__init__()
        n_layers = design.encoder_layers + design.decoder_layers
        self.n_bins = n_bins
        self.design = design
        self.skip_filtering = design.skip_filtering
        self.linears = nn.ModuleList(_SquareLayer(n_bins) for _ in range(n_layers))

    @property
    def stack(self) -> list[nn.Linear]:
        """The layers from input to output."""
        return [cast(nn.Linear, linear) for linear in self.linears]

    def forward(self, mixture: torch.Tensor) -> torch.Tensor:
        """Estimate target magnitudes (n_frames, n_bins) from mixture magnitudes of the same shape."""
        hidden = mixture
        for linear in self.stack:
            hidden = torch.relu(linear(hidden))
        return hidden * mixture if self.skip_filtering else hidden

    def layers(self) -> list[Layer]:
        """Weights and biases from input to output, detached; the skip connection is not among them."""
        return [Layer(linear.weight.detach(), linear.bias.detach(), "relu") for linear in self.stack]


def build_model(design: ModelDesign, n_bins: int, seed: int) -> SpectralModel:
    """Make a network of `design` with weights drawn from `seed`, on the CPU in float32.

    The same design, size and seed give the same weights on every machine and device.
    """
    model = SpectralModel(n_bins, design)
    generator = torch.Generator().manual_seed(seed)
    for linear in model.stack:
        nn.init.xavier_normal_(linear.weight, generator=generator)
        if design.zero_biases:
            nn.init.zeros_(linear.bias)
        else:
            bound = 1 / math.sqrt(n_bins)
            nn.init.uniform_(linear.bias, -bound, bound, generator=generator)
    return model


class _SquareLayer(nn.Linear):
    """A square layer whose numbers are not drawn yet: torch's own would come from the global generator.

    `nn.utils.skip_init` does the same on a device without memory, for which torch loads a computer algebra
    system: half a second.
    """

    def __init__(self, n_bins: int):
        super().__init__(n_bins, n_bins)

    def reset_parameters(self) -> None:
        """Leave the numbers as they are, for what builds the layer draws or loads them."""
