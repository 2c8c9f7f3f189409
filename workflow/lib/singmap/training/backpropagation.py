"""Gradients of a SpectralModel by hand: no graph, no gradient of the input, no buffer allocated twice.

At batches of 128 frames a step is its matrix products and one pass over weights, gradients and Adam's
moments. Automatic differentiation adds passes over arrays of the weights' size (fresh gradients every
step; in bfloat16 also a cast of every weight); this module avoids them. The products run in `dtype`;
weights, gradients and moments stay in float32.
"""

from collections.abc import Iterator

import torch

from singmap.compute.matmul import linear, product, product_into
from singmap.compute.precision import padded_length
from singmap.models.network import SpectralModel
from singmap.training.losses import Loss

Numbered = Iterator[tuple[int, torch.Tensor]]


class Backpropagation:
    """Estimates, losses and gradients of one model.

    Parameters
    ----------
    model : its parameters are read only
    loss : what is to fall, a function of estimate and target
    dtype : number format of the matrix products, float32 or bfloat16
    pads : let bins be as many as tensor cores like, 2064 instead of 2049; those added are zero and stay so.
        The model's parameters become views of the padded ones

    Attributes
    ----------
    parameters : the model's float32 parameters in order, detached, padded if so asked
    copies : the same in `dtype`, on which the products work; the parameters themselves in float32. Who
        changes the parameters must renew them, as singmap.compute.adam.Adam does, or call `refresh`
    """

    def __init__(self, model: SpectralModel, loss: Loss, dtype: torch.dtype, pads: bool = False):
        self.model, self.loss, self.dtype = model, loss, dtype
        self._extra_bins = padded_length(model.n_bins) - model.n_bins if pads else 0
        if self._extra_bins:
            self.parameters = _padded_parameters(model)
        else:
            self.parameters = [parameter.detach() for parameter in model.parameters()]
        self.copies = [parameter.to(dtype) for parameter in self.parameters]
        self._weights, self._biases = self.copies[::2], self.copies[1::2]
        self._buffers = [torch.empty_like(copy) for copy in self.copies]

    def refresh(self) -> None:
        """Bring the copies up to date with the parameters."""
        for copy, parameter in zip(self.copies, self.parameters, strict=True):
            copy.copy_(parameter)

    @torch.no_grad()
    def estimate(self, mixture: torch.Tensor) -> torch.Tensor:
        """The model's output (n_frames, n_bins) in float32, its products in `dtype`."""
        return self._filtered(self._activations(mixture)[-1], mixture)

    @torch.no_grad()
    def gradients(self, mixture: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, Numbered]:
        """Loss of a batch, (n_frames, n_bins) each, and its gradients in `dtype` by number of parameter.

        The gradients are computed as they are asked for, last layer first, so that each can be used while
        it is in the processor's cache; a parameter may change once its gradient was handed out. The next
        call overwrites them.
        """
        activations = self._activations(mixture)
        estimate = self._filtered(activations[-1], mixture)
        gradient = self.loss.slope(estimate, target)
        if self.model.skip_filtering:
            gradient.mul_(mixture)
        return self.loss(estimate, target), self._propagated(activations, self._padded(gradient))

    @torch.no_grad()
    def _propagated(self, activations: list[torch.Tensor], gradient: torch.Tensor) -> Numbered:
        """Gradients of all parameters from that of the last layer's output."""
        for index in reversed(range(len(self._weights))):
            # of the layer's output before its ReLU
            gradient = torch.ops.aten.threshold_backward(gradient, activations[index + 1], 0)
            of_inputs = product(gradient, self._weights[index]) if index else gradient  # the input needs none
            weight, bias = self._buffers[2 * index : 2 * index + 2]
            yield 2 * index + 1, torch.sum(gradient, 0, out=bias)
            yield 2 * index, product_into(weight, gradient.t(), activations[index])
            gradient = of_inputs

    def _activations(self, mixture: torch.Tensor) -> list[torch.Tensor]:
        """The input and every layer's output, each (n_frames, n_bins) in `dtype`, padded if so asked."""
        activations = [self._padded(mixture)]
        for weight, bias in zip(self._weights, self._biases, strict=True):
            activations.append(linear(activations[-1], weight, bias).relu_())
        return activations

    def _filtered(self, output: torch.Tensor, mixture: torch.Tensor) -> torch.Tensor:
        output = output[:, : self.model.n_bins].float()
        return output * mixture if self.model.skip_filtering else output

    def _padded(self, frames: torch.Tensor) -> torch.Tensor:
        """Frames in `dtype` with zeros in the bins that were added."""
        narrow = frames.to(self.dtype)
        return torch.nn.functional.pad(narrow, (0, self._extra_bins)) if self._extra_bins else narrow


def _padded_parameters(model: SpectralModel) -> list[torch.Tensor]:
    """The parameters with zeros behind them in every axis; the model's own become views of these."""
    padded = []
    for layer in model.stack:
        for name, parameter in list(layer.named_parameters()):
            whole = torch.zeros(
                [padded_length(n) for n in parameter.shape], dtype=parameter.dtype, device=parameter.device
            )
            own = whole[tuple(slice(n) for n in parameter.shape)]
            own.copy_(parameter.detach())
            setattr(layer, name, torch.nn.Parameter(own))
            padded.append(whole)
    return padded
