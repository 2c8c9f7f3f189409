"""Examine a model that this project did not train: any stack of dense layers, or any function of frames.

    PYTHONPATH=workflow/lib:. python examples/examine_model.py

The model here is a toy of one's own, a `torch.nn.Sequential`, trained for a moment to halve a spectrum and to
add to each bin a quarter of the octave above. All that the project needs of it are its weights, biases and
activations, and some frames. Then the same model is examined as a black box, by the methods that need no
layers.
"""

import numpy as np
import torch
from torch import nn

from singmap.mapping.measures import measure_segment
from singmap.mapping.method import map_segments
from singmap.mapping.settings import DescentSettings, MappingSettings
from singmap.mapping.subject import examine, examined_pairs

N_BINS, N_HIDDEN = 48, 64


def frames_of(n_frames: int, seed: int) -> torch.Tensor:
    """Random magnitude frames (n_frames, n_bins) that stand for music."""
    generator = np.random.default_rng(seed)
    return torch.from_numpy(generator.gamma(1.0, size=(n_frames, N_BINS))).float()


def train_a_model(n_steps: int = 800) -> nn.Sequential:
    """A network of somebody else's, 48 -> 64 -> 48, trained on y[k] = x[k] / 2 + x[2 k] / 4."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(N_BINS, N_HIDDEN), nn.ReLU(), nn.Linear(N_HIDDEN, N_BINS), nn.ReLU())
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    frames = frames_of(2000, seed=1)
    target = frames / 2
    target[:, : N_BINS // 2] += frames[:, ::2] / 4
    for step in range(n_steps):
        batch = slice(step * 50 % 2000, step * 50 % 2000 + 50)
        adam.zero_grad()
        nn.functional.mse_loss(model(frames[batch]), target[batch]).backward()
        adam.step()
    return model


def layers_of(model: nn.Sequential) -> list[tuple[torch.Tensor, torch.Tensor, str]]:
    """(weight, bias, activation) from input to output: what the methods that look inside need."""
    return [(model[0].weight, model[0].bias, "relu"), (model[2].weight, model[2].bias, "relu")]


def main() -> None:
    """Print how diagonal and harmonic each method finds the model, and how well its matrix explains it."""
    model = train_a_model()
    fitted, unseen = (frames_of(300, seed).numpy() for seed in (2, 3))
    # The hidden layer is not square, so the bias must lie on the axis that it belongs to.
    settings = MappingSettings(DescentSettings(400, 3e-3), bias_axis="output", record_every_iterations=0)
    looks = {
        "as layers": (examine(layers_of(model)), ["nca", "jacobian", "least_squares"]),
        "as a function": (examine(model), ["student", "least_squares", "diagonal"]),
    }
    print(f"{'model':14s} {'method':14s} {'diagonal':>9s} {'octave':>7s} {'L1 error':>9s} {'unseen':>8s}")
    for how, (examined, methods) in looks.items():
        pairs = examined_pairs(examined, fitted, unseen)
        for method in methods:
            matrix = map_segments(method, examined, fitted[None], settings)[0].matrix
            table = measure_segment(matrix, pairs, band_bins=[2])
            value = table.set_index(["frames", "measure", "weighting"])["value"]
            shown = [
                value["optimised", "diagonal_share", "raw"],
                value["optimised", "harmonic_half_f", "raw"],
                value["optimised", "relative_l1", "raw"],
                value["other", "relative_l1", "raw"],
            ]
            print(f"{how:14s} {method:14s} {shown[0]:9.2f} {shown[1]:7.2f} {shown[2]:9.2f} {shown[3]:8.2f}")


if __name__ == "__main__":
    main()
