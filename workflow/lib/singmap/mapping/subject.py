"""The model under examination: any stack of dense layers, or any function from frames to frames.

Every mapping method takes an ExaminedModel; those that look inside need its layers.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from singmap.models.layers import Layer, apply_layers, checked_layers
from singmap.models.network import FrameModel
from singmap.runtime.errors import InputError

DEAD = "the model is dead or was fed what it cannot process"


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

    @property
    def device(self) -> torch.device:
        """Where the mapping computes: where its layers or parameters lie, else the CPU."""
        if self.layers:
            return self.layers[0].weight.device
        parameters = self.forward.parameters() if isinstance(self.forward, torch.nn.Module) else iter(())
        return next((parameter.device for parameter in parameters), torch.device("cpu"))

    def output(self, frames: np.ndarray) -> np.ndarray:
        """The model's output on `frames` (n_frames, n_in) as (n_frames, n_out).

        Raises InputError when frames or output cannot be examined: none, not finite, or all zero.
        """
        check_frames(frames, "frames")
        if self.layers and frames.shape[1] != self.layers[0].weight.shape[1]:
            n_in = self.layers[0].weight.shape[1]
            raise InputError("frames", f"{n_in} bins, the model's inputs", f"{frames.shape[1]}")
        with torch.inference_mode():
            shown = torch.from_numpy(np.array(frames)).to(self.device)
            output: np.ndarray = self.forward(shown).cpu().numpy()
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
    if isinstance(model, FrameModel):
        known = model.layers()
        layers = None if known is None else checked_layers(known, model.skip_filtering)
        return ExaminedModel(layers, model.skip_filtering, model)
    if callable(model):
        return ExaminedModel(None, False, model)
    layers = checked_layers(model, skip_filtering)
    return ExaminedModel(layers, skip_filtering, lambda frames: apply_layers(layers, frames, skip_filtering))


def check_frames(frames: np.ndarray, name: str, remedy: str = "") -> None:
    """Raise InputError unless `frames` is (n_frames, n_bins), not empty, finite and not all zero."""
    if frames.ndim != 2 or 0 in frames.shape:
        raise InputError(name, "shape (n_frames, n_bins) with at least one frame", f"{frames.shape}", remedy)
    if not np.isfinite(frames).all():
        raise InputError(name, "finite magnitudes", "NaN or infinity", remedy)
    if not frames.any():
        raise SilenceError(name, "some sound", "zeros only", remedy)
