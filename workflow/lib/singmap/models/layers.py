"""The dense layers of a model as plain tensors, checked and applied."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from singmap.runtime.errors import InputError

ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.relu,
    "linear": lambda values: values,
}


@dataclass(frozen=True)
class Layer:
    """One layer as plain tensors: weight (out, in), bias (out,), activation ``relu`` or ``linear``."""

    weight: torch.Tensor
    bias: torch.Tensor
    activation: str


def apply_layers(layers: Sequence[Layer], frames: torch.Tensor, skip_filtering: bool = False) -> torch.Tensor:
    """Output of the layers on `frames` (n_frames, n_in), in the precision of the weights."""
    hidden = frames = frames.to(layers[0].weight)
    for layer in layers:
        hidden = ACTIVATIONS[layer.activation](hidden @ layer.weight.T + layer.bias)
    return hidden * frames if skip_filtering else hidden


def checked_layers(layers: Sequence[Any], skip_filtering: bool) -> tuple[Layer, ...]:
    """Layers as tensors, or InputError that names the first one that is wrong."""
    checked = tuple(_checked_layer(index, layer) for index, layer in enumerate(layers))
    if not checked:
        raise InputError("model", "at least one layer", "none")
    for index, (lower, upper) in enumerate(itertools.pairwise(checked)):
        if upper.weight.shape[1] != len(lower.weight):
            raise InputError(
                f"layer {index + 1}", f"{len(lower.weight)} inputs, as many as the layer below has outputs",
                f"{upper.weight.shape[1]}",
            )  # fmt: skip
    if skip_filtering and checked[0].weight.shape[1] != len(checked[-1].weight):
        raise InputError("skip connection", "as many outputs as inputs", f"{tuple(checked[-1].weight.shape)}")
    return checked


def _checked_layer(index: int, layer: Any) -> Layer:
    parts = (layer.weight, layer.bias, layer.activation) if isinstance(layer, Layer) else layer
    weight, bias = (torch.as_tensor(part).detach() for part in parts[:2])
    activation = parts[2]
    if weight.ndim != 2 or bias.shape != weight.shape[:1]:
        found = f"weight {tuple(weight.shape)} and bias {tuple(bias.shape)}"
        raise InputError(f"layer {index}", "weight (n_out, n_in) and bias (n_out,)", found)
    if activation not in ACTIVATIONS:
        raise InputError(f"layer {index}", f"activation {' or '.join(ACTIVATIONS)}", repr(activation))
    if not (torch.isfinite(weight).all() and torch.isfinite(bias).all()):
        raise InputError(
            f"layer {index}", "finite weights and biases", "NaN or infinity", "train the model anew"
        )
    return Layer(weight, bias.to(weight), activation)
