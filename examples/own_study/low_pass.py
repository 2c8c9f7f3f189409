"""A model of one's own that is only examined: its weights come from a file, which this script writes:
python examples/own_study/low_pass.py 65 results/low_pass.safetensors (for 65 bins).
"""

import sys

import torch
from safetensors.torch import save_file
from torch import nn


class Model(nn.Module):
    """One dense layer; it tells it, so that the methods that need layers serve, too."""

    def __init__(self, n_bins: int):
        super().__init__()
        self.dense = nn.Linear(n_bins, n_bins)

    def forward(self, mixture: torch.Tensor) -> torch.Tensor:
        """Target magnitudes from mixture magnitudes."""
        return torch.relu(self.dense(mixture))

    def dense_layers(self) -> list[tuple[torch.Tensor, torch.Tensor, str]]:
        """Weight, bias and activation (relu or linear) of every layer from input to output."""
        return [(self.dense.weight, self.dense.bias, "relu")]


if __name__ == "__main__":
    n_bins, path = int(sys.argv[1]), sys.argv[2]
    gains = torch.linspace(1, 0, n_bins)
    save_file({"dense.weight": torch.diag(gains), "dense.bias": torch.zeros(n_bins)}, path)
