"""What a model makes of hybrids: frames that are one recording near a bin, and another elsewhere.

Where the model's layers are known, the first one is not multiplied anew: a hybrid differs from the frame that
it was cut into on 2 w + 1 bins, so that its first pre-activation is

    W (x on B, x' elsewhere) + b = (W x' + b) + W_B (x - x')_B

and of the last layer one row is enough. Any other model is evaluated on the hybrids themselves.
"""

from dataclasses import dataclass

import numpy as np
import torch

from singmap.compute.matmul import linear
from singmap.mapping.subject import ACTIVATIONS, ExaminedModel
from singmap.runtime.errors import InputError


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


def hybrid_output(
    model: ExaminedModel, near: Recording, elsewhere: Recording, output_bin: int, half_width: int
) -> torch.Tensor:
    """The output in one bin, (n_frames,), on frames that are `near` within `half_width` bins of it, or else
    `elsewhere`.

    near, elsewhere : as many frames of each, paired one by one, `heard` by the same model
    """
    band = slice(max(0, output_bin - half_width), output_bin + half_width + 1)
    with torch.inference_mode():
        if not model.layers or elsewhere.first is None:
            hybrids = elsewhere.frames.clone()
            hybrids[:, band] = near.frames[:, band]
            return model.forward(hybrids)[:, output_bin]
        difference = near.frames[:, band] - elsewhere.frames[:, band]
        first = torch.addmm(elsewhere.first, difference, model.layers[0].weight[:, band].T)
        output = _upper_layers(model, first, output_bin)
        return output * near.frames[:, output_bin] if model.skip_filtering else output


def _upper_layers(model: ExaminedModel, first: torch.Tensor, output_bin: int) -> torch.Tensor:
    """One bin of the last layer's output, (n_frames,), from the pre-activation of the first, overwritten."""
    lowest, *upper = model.known_layers
    hidden = first.relu_() if lowest.activation == "relu" else first
    if not upper:
        return hidden[:, output_bin]
    for layer in upper[:-1]:
        hidden = ACTIVATIONS[layer.activation](linear(hidden, layer.weight, layer.bias))
    last = upper[-1]
    output = torch.addmv(last.bias[output_bin], hidden, last.weight[output_bin])
    return ACTIVATIONS[last.activation](output)
