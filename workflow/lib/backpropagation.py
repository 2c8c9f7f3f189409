"""Gradients of a SpectralModel by hand: no graph, no gradient of the input, no buffer allocated twice.

At batches of 128 frames a step is its matrix products and one pass over weights, gradients and Adam's
moments. Automatic differentiation adds passes over arrays of the weights' size (fresh gradients every
step; in bfloat16 also a cast of every weight); this module avoids them. The products run in `dtype`;
weights, gradients and moments stay in float32.
"""

import torch

from workflow.lib.losses import Loss
from workflow.lib.models import SpectralModel
from workflow.lib.products import product, product_into


class Backpropagation:
    """Estimates, losses and gradients of one model.

    Parameters
    ----------
    model : its parameters are read only
    loss : function of estimate and target, differentiated automatically (it is elementwise and cheap)
    dtype : number format of the matrix products, float32 or bfloat16

    Attributes
    ----------
    parameters : the model's float32 parameters in order, detached
    copies : the same in `dtype`, on which the products work; the parameters themselves in float32. Who
        changes the parameters must renew them, as workflow.lib.optimiser.Adam does, or call `refresh`
    """

    def __init__(self, model: SpectralModel, loss: Loss, dtype: torch.dtype):
        self.model, self.loss, self.dtype = model, loss, dtype
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
    def gradients(
        self, mixture: torch.Tensor, target: torch.Tensor
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Loss of a batch, (n_frames, n_bins) each, and its gradients in `dtype`, in the parameters' order.

        The next call overwrites the gradients.
        """
        activations = self._activations(mixture)
        estimate = self._filtered(activations[-1], mixture)
        with torch.enable_grad():
            loss = self.loss(estimate.requires_grad_(), target)
        (gradient,) = torch.autograd.grad(loss, estimate)
        if self.model.skip_filtering:
            gradient = gradient * mixture
        gradient = gradient.to(self.dtype)
        gradients = []
        for index in reversed(range(len(self._weights))):
            # d loss / d (layer's output before its ReLU)
            gradient = torch.ops.aten.threshold_backward(gradient, activations[index + 1], 0)
            gradients = [*self._of_layer(index, gradient, activations[index]), *gradients]
            if index:
                gradient = product(gradient, self._weights[index])
        return loss.detach(), gradients

    def _of_layer(self, index: int, gradient: torch.Tensor, inputs: torch.Tensor) -> list[torch.Tensor]:
        """Gradients of a layer's weight (out, in) and bias (out,) from that of its output."""
        weight, bias = self._buffers[2 * index : 2 * index + 2]
        return [product_into(weight, gradient.t(), inputs), torch.sum(gradient, 0, out=bias)]

    def _activations(self, mixture: torch.Tensor) -> list[torch.Tensor]:
        """The input and every layer's output, each (n_frames, n_bins) in `dtype`."""
        activations = [mixture.to(self.dtype)]
        for weight, bias in zip(self._weights, self._biases, strict=True):
            activations.append(product(activations[-1], weight.t()).add_(bias).relu_())
        return activations

    def _filtered(self, output: torch.Tensor, mixture: torch.Tensor) -> torch.Tensor:
        return output.float() * mixture if self.model.skip_filtering else output.float()
