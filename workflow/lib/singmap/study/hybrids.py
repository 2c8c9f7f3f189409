"""What a model makes of hybrids: frames that are one recording near a bin, and another elsewhere.

Where the model's layers are known, the first one is not multiplied anew: a hybrid differs from the frame that
it was cut into on 2 w + 1 bins, so that its first pre-activation is

    W (x on B, x' elsewhere) + b = (W x' + b) + W_B (x - x')_B

and of the last layer one row is enough. Any other model is evaluated on the hybrids themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from singmap.compute.matmul import linear
from singmap.mapping.subject import ExaminedModel
from singmap.models.layers import ACTIVATIONS
from singmap.runtime.errors import InputError

BATCH_FRAMES = 256  # that go through the upper layers together


@dataclass(frozen=True)
class Recording:
    """Frames that hybrids are cut from.

    frames : (n_frames, n_bins) linear magnitude
    output : (n_frames, n_bins), what the model makes of them
    first : (n_frames, n_units), pre-activation of the model's first layer; None where no layers are known
    """

    frames: torch.Tensor
    output: torch.Tensor
    first: torch.Tensor | None

    def rows(self, chosen: np.ndarray | torch.Tensor) -> "Recording":
        """The chosen frames, by their numbers."""
        index = torch.as_tensor(chosen)
        first = None if self.first is None else self.first[index]
        return Recording(self.frames[index], self.output[index], first)


def heard(model: ExaminedModel, frames: np.ndarray) -> Recording:
    """Frames (n_frames, n_bins), which may be silent, and what hybrids of them need of the model.

    Raises InputError for a model with other bins at its output than at its input.
    """
    # As `ExaminedModel.output` without its refusal of silence, which is a partner like any other here.
    values = torch.from_numpy(np.array(frames))
    if model.layers:
        values = values.to(model.layers[0].weight)
    with torch.inference_mode():
        output = model.forward(values)
        first = None
        if model.layers:
            first = linear(values, model.layers[0].weight, model.layers[0].bias)
    if output.shape != values.shape:
        raise InputError("model", "as many output bins as input bins", f"{tuple(output.shape)}")
    return Recording(values, output, first)


@dataclass(frozen=True)
class Hybrids:
    """Pairs of frames, as many `near` an output bin as `elsewhere`, paired one by one."""

    near: Recording
    elsewhere: Recording
    output_bin: int


def hybrid_outputs(model: ExaminedModel, hybrids: Sequence[Hybrids], half_width: int) -> list[torch.Tensor]:
    """The output in each set's own bin, (n_frames,), on frames that are `near` within `half_width` bins.

    Sets go through the model together, so that its layers are read once for BATCH_FRAMES of them.
    """
    outputs: list[torch.Tensor] = []
    with torch.inference_mode():
        for batch in _batches(hybrids):
            known = model.layers is not None
            parts = [
                _first(model, each, half_width) if known else _frames(each, half_width) for each in batch
            ]
            values = torch.cat(parts)
            values = _middle(model, values) if known else model.forward(values)
            sizes = [len(part) for part in parts]
            for each, rows in zip(batch, torch.split(values, sizes), strict=True):
                outputs.append(_last(model, rows, each) if known else rows[:, each.output_bin])
    return outputs


def _batches(hybrids: Sequence[Hybrids]) -> Iterator[list[Hybrids]]:
    """Sets of together BATCH_FRAMES frames and a last one."""
    batch: list[Hybrids] = []
    n_frames = 0
    for each in hybrids:
        batch.append(each)
        n_frames += len(each.near.frames)
        if n_frames >= BATCH_FRAMES:
            yield batch
            batch, n_frames = [], 0
    if batch:
        yield batch


def _band(output_bin: int, half_width: int) -> slice:
    return slice(max(0, output_bin - half_width), output_bin + half_width + 1)


def _frames(hybrids: Hybrids, half_width: int) -> torch.Tensor:
    """The hybrids themselves, (n_frames, n_bins)."""
    band = _band(hybrids.output_bin, half_width)
    frames = hybrids.elsewhere.frames.clone()
    frames[:, band] = hybrids.near.frames[:, band]
    return frames


def _first(model: ExaminedModel, hybrids: Hybrids, half_width: int) -> torch.Tensor:
    """Their first pre-activations, (n_frames, n_units)."""
    band = _band(hybrids.output_bin, half_width)
    difference = hybrids.near.frames[:, band] - hybrids.elsewhere.frames[:, band]
    first = hybrids.elsewhere.first
    assert first is not None, "heard by another model"
    return torch.addmm(first, difference, model.known_layers[0].weight[:, band].T)


def _middle(model: ExaminedModel, first: torch.Tensor) -> torch.Tensor:
    """What the last layer gets, or puts out where it is the first, too: (n_frames, n_units)."""
    lowest, *upper = model.known_layers
    hidden = ACTIVATIONS[lowest.activation](first)
    for layer in upper[:-1]:
        hidden = ACTIVATIONS[layer.activation](linear(hidden, layer.weight, layer.bias))
    return hidden


def _last(model: ExaminedModel, hidden: torch.Tensor, hybrids: Hybrids) -> torch.Tensor:
    """The output bin of the last layer, (n_frames,), and the mask's effect on it."""
    last, output_bin = model.known_layers[-1], hybrids.output_bin
    if len(model.known_layers) == 1:
        output = hidden[:, output_bin]
    else:
        output = torch.addmv(last.bias[output_bin], hidden, last.weight[output_bin])
        output = ACTIVATIONS[last.activation](output)
    return output * hybrids.near.frames[:, output_bin] if model.skip_filtering else output
