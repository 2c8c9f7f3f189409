"""Files that define models of one's own, and the same as a study knows them."""

import textwrap
from pathlib import Path

import pytest

from singmap.models.own_file import FILES_VARIABLE, allow_files, read_own_file

# A mask model that looks at neighbouring bins; it draws while it trains and keeps running means.
CONVOLUTION = """
import torch
from torch import nn

class Model(nn.Module):
    def __init__(self, n_bins):
        super().__init__()
        self.convolution = nn.Conv1d(1, 4, 5, padding=2)
        self.norm = nn.BatchNorm1d(4)
        self.drop = nn.Dropout(0.1)
        self.mask = nn.Conv1d(4, 1, 1)

    def forward(self, mixture):
        hidden = torch.relu(self.norm(self.convolution(mixture[:, None])))
        return mixture * torch.sigmoid(self.mask(self.drop(hidden))[:, 0])
"""

# Dense layers of another width, which it tells.
NARROW = """
import torch
from torch import nn

class Model(nn.Module):
    skip_filtering = True

    def __init__(self, n_bins):
        super().__init__()
        self.lower, self.upper = nn.Linear(n_bins, 7), nn.Linear(7, n_bins)

    def forward(self, mixture):
        return mixture * torch.relu(self.upper(torch.relu(self.lower(mixture))))

    def dense_layers(self):
        return [(each.weight, each.bias, "relu") for each in (self.lower, self.upper)]
"""


def write_model(folder: Path, source: str, monkeypatch: pytest.MonkeyPatch, name: str = "mine.py") -> Path:
    """Write a file that defines a model, and let this test run it."""
    path = folder / name
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    monkeypatch.setenv(FILES_VARIABLE, "")  # put back after the test
    allow_files([path])
    return path


def own_design(folder: Path, source: str, monkeypatch: pytest.MonkeyPatch):
    """The design of the model that `source` defines."""
    return read_own_file(write_model(folder, source, monkeypatch)).design
