"""The model under examination: any stack of dense layers, or any function from frames to frames.

Every mapping method takes an ExaminedModel; those that look inside need its layers.
"""

import contextlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from singmap.models.network import Layer
from singmap.runtime.errors import InputError

DEAD = "the model is dead or was fed what it cannot process"
ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.relu,
    "linear": lambda values: values,
}


class SilenceError(InputError):
    """Frames, or what a model makes of them, hold nothing but zeros."""


@dataclass(frozen=True)
class ExaminedModel:
    """A mapping of magnitude frames (n_frames, n_in) to (n_frames, n_out), with or without known layers.

    layers : from input to output, or None when only `forward` is known
    skip_filtering : the last layer's output is a mask that multiplies the input
    forward : the mapping itself, on tensors; must treat every frame alone
    """

    layers: tuple[Layer, ...] | None
    skip_filtering: bool
    forward: Callable[[torch.Tensor], torch.Tensor]

    @property
    def known_layers(self) -> tuple[Layer, ...]:
        """The layers; raises InputError where only `forward` is known."""
        if self.layers is None:
            raise InputError("model", "known layers", "a function")
        return self.layers

    def output(self, frames: np.ndarray) -> np.ndarray:
        """The model's output on `frames` (n_frames, n_in) as (n_frames, n_out).

        Raises InputError when frames or output cannot be examined: none, not finite, or all zero.
        """
        check_frames(frames, "frames")
        if self.layers and frames.shape[1] != self.layers[0].weight.shape[1]:
            n_in = self.layers[0].weight.shape[1]
            raise InputError("frames", f"{n_in} bins, the model's inputs", f"{frames.shape[1]}")
        with torch.inference_mode():
            output: np.ndarray = self.forward(torch.from_numpy(np.array(frames))).cpu().numpy()
        check_frames(output, "the model's output", DEAD)
        return output


def examined_pairs(
    model: ExaminedModel, fitted: np.ndarray, unseen: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Frames and the model's output on them: of a segment, and of the unseen frames of its track.

    They stand under the names that tables give them, ``optimised`` and ``other``. Unseen frames are left out
    where the track has none, or where all of them or the output is silent: there is no error relative to
    silence. Raises InputError as `ExaminedModel.output` does.
    """
    pairs = {"optimised": (fitted, model.output(fitted))}
    if len(unseen):
        with contextlib.suppress(SilenceError):
            pairs["other"] = unseen, model.output(unseen)
    return pairs


def examine(model: Any, skip_filtering: bool = False) -> ExaminedModel:
    """Wrap what is to be examined.

    Parameters
    ----------
    model : a sequence of (weight (n_out, n_in), bias (n_out,), activation ``relu`` or ``linear``) from input
        to output, as arrays or tensors; or a model of this project; or any callable that maps a tensor
        (n_frames, n_in) to (n_frames, n_out), such as a torch module
    skip_filtering : only for a sequence: multiply its output with its input

    Raises InputError for layers that don't chain, are not finite or have an unknown activation.
    """
    if hasattr(model, "layers") and hasattr(model, "skip_filtering"):
        return ExaminedModel(
            checked_layers(model.layers(), model.skip_filtering), model.skip_filtering, model
        )
    if callable(model):
        return ExaminedModel(None, False, model)
    layers = checked_layers(model, skip_filtering)
    return ExaminedModel(layers, skip_filtering, lambda frames: apply_layers(layers, frames, skip_filtering))


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


def check_frames(frames: np.ndarray, name: str, remedy: str = "") -> None:
    """Raise InputError unless `frames` is (n_frames, n_bins), not empty, finite and not all zero."""
    if frames.ndim != 2 or 0 in frames.shape:
        raise InputError(name, "shape (n_frames, n_bins) with at least one frame", f"{frames.shape}", remedy)
    if not np.isfinite(frames).all():
        raise InputError(name, "finite magnitudes", "NaN or infinity", remedy)
    if not frames.any():
        raise SilenceError(name, "some sound", "zeros only", remedy)
