"""The models under study: feed-forward stacks that map a mixture spectrum to the target's spectrum.

One magnitude frame goes in, one comes out; every layer is n_bins x n_bins with bias and ReLU, weights start
Xavier-normal. Source: the published code of Mimilakis et al. 2020 (doi 10.1109/TASLP.2019.2952013).
"""

import math
from dataclasses import dataclass

import torch
from torch import nn

from singmap.runtime.errors import InputError


@dataclass(frozen=True)
class ModelDesign:
    """What distinguishes one model of the registry from another.

    skip_filtering : the last layer's output is a mask that multiplies the input spectrum
    zero_biases : biases start at zero; otherwise uniformly within 1 / sqrt(n_bins), torch's default
    """

    description: str
    encoder_layers: int
    decoder_layers: int = 1
    skip_filtering: bool = False
    zero_biases: bool = False


MODELS = {
    "dae": ModelDesign("denoising autoencoder", encoder_layers=1),
    "mdae": ModelDesign("denoising autoencoder with a multi-layer encoder", encoder_layers=3),
    "sf": ModelDesign("skip-filtering model", encoder_layers=1, skip_filtering=True, zero_biases=True),
}


@dataclass(frozen=True)
class Layer:
    """One layer as plain tensors: weight (out, in), bias (out,), activation ``relu`` or ``linear``."""

    weight: torch.Tensor
    bias: torch.Tensor
    activation: str


class SpectralModel(nn.Module):
    """A stack of square layers with ReLU after each; see ModelDesign for what may vary."""

    def __init__(self, n_bins: int, design: ModelDesign):
        super().__init__()
        n_layers = design.encoder_layers + design.decoder_layers
        self.n_bins = n_bins
        self.skip_filtering = design.skip_filtering
        self.linears = nn.ModuleList(nn.utils.skip_init(nn.Linear, n_bins, n_bins) for _ in range(n_layers))

    def forward(self, mixture: torch.Tensor) -> torch.Tensor:
        """Estimate target magnitudes (n_frames, n_bins) from mixture magnitudes of the same shape."""
        hidden = mixture
        for linear in self.linears:
            hidden = torch.relu(linear(hidden))
        return hidden * mixture if self.skip_filtering else hidden

    def layers(self) -> list[Layer]:
        """Weights and biases from input to output, detached; the skip connection is not among them."""
        return [Layer(linear.weight.detach(), linear.bias.detach(), "relu") for linear in self.linears]


def build_model(name: str, n_bins: int, seed: int) -> SpectralModel:
    """Make the registered model `name` with weights drawn from `seed`, on the CPU in float32.

    The same name, size and seed give the same weights on every machine and device. Raises InputError for
    an unknown name.
    """
    if name not in MODELS:
        raise InputError("models", f"one of {', '.join(MODELS)}", repr(name))
    design = MODELS[name]
    model = SpectralModel(n_bins, design)
    generator = torch.Generator().manual_seed(seed)
    for linear in model.linears:
        nn.init.xavier_normal_(linear.weight, generator=generator)
        if design.zero_biases:
            nn.init.zeros_(linear.bias)
        else:
            bound = 1 / math.sqrt(n_bins)
            nn.init.uniform_(linear.bias, -bound, bound, generator=generator)
    return model
