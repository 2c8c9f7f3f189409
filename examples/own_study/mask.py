"""A model of one's own that is trained: a mask from the bins around each bin, by convolutions."""

import torch
from torch import nn


class Model(nn.Module):
    """Frames (n_frames, n_bins) in, frames of that shape out, each frame alone; made as `Model(n_bins)`."""

    def __init__(self, n_bins: int):
        super().__init__()
        self.near = nn.Conv1d(1, 8, kernel_size=9, padding=4)
        self.mask = nn.Conv1d(8, 1, kernel_size=9, padding=4)
        self.offset = nn.Parameter(torch.zeros(n_bins))  # convolutions alone don't know which bin they are at

    def forward(self, mixture: torch.Tensor) -> torch.Tensor:
        """Target magnitudes from mixture magnitudes."""
        hidden = torch.relu(self.near(mixture[:, None]))
        return mixture * torch.sigmoid(self.mask(hidden)[:, 0] + self.offset)
