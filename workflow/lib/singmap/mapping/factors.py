"""A matrix that is a product of factors, one per layer, fitted to a model's output: C = B_L ... B_2 B_1.

What NCA's two parametrisations of the factors share (nca.py, gains.py): the loss sum |Y - C X|, its slope at
every factor, and C itself. C is formed only on request: C X = B_L (... (B_1 X)) costs n^2 T a layer.
"""

import numpy as np
import torch

from singmap.compute.matmul import product_each
from singmap.compute.precision import WorkFormat, padded
from singmap.mapping.fit import relative_norms


class FactorsProblem:
    """A stack of segments, fitted by factors that a subclass makes of its parameters (fit.Problem).

    Parameters
    ----------
    frames, target : (n_segments, n_frames, n_in) and (n_segments, n_frames, n_out), linear magnitude
    loss_format : of the products that the loss is made of

    Attributes
    ----------
    parameters : the subclass's, (n_segments, ...) each
    widths : numbers of bins from the input to the output of every layer
    relative_l2 : |Y - C X| / |Y| of each segment (n_segments,), as the last call of `gradients` found it
    """

    parameters: list[torch.Tensor]
    widths: list[int]
    relative_l2: torch.Tensor

    def __init__(
        self, frames: np.ndarray, target: np.ndarray, form: WorkFormat, loss_format: torch.dtype
    ) -> None:
        self._form = form
        self._frames = form.tensor(padded(frames, form, 2), master=True).to(loss_format)
        self._target = form.tensor(padded(target, form, 2), master=True)
        self.relative_l2 = self._target.new_ones(len(frames))  # at one address, for steps recorded on a GPU

    def gradients(self) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Loss of each segment and the gradients of all parameters; see fit.Problem.

        Forward H_l = B_l H_(l-1) from H_0 = X; back dB_l = S_l H_(l-1)^T and S_(l-1) = B_l^T S_l from
        S_L = sign(H_L - Y), the slope of the L1 loss. All of it transposed, frames as rows.
        """
        factors = self._factors()
        hidden = [self._frames]
        for factor in factors:
            hidden.append(product_each(hidden[-1], factor))
        residual = hidden[-1] - self._target
        loss = residual.abs().sum(dim=(1, 2), dtype=torch.float64)
        self.relative_l2.copy_(relative_norms(residual, self._target))
        slope = residual.sign_().to(self._form.dtype)  # in place: n T numbers a segment less
        gradients = []
        for layer in reversed(range(len(factors))):
            gradient = product_each(hidden[layer].to(slope.dtype).mT, slope)  # of B_l^T
            if layer:
                slope = product_each(slope, factors[layer].to(slope.dtype).mT)
            gradients.append(self._parameter_gradient(layer, gradient))
        return loss, gradients[::-1]

    def mapping(self) -> torch.Tensor:
        """C of every segment, (n_segments, n_out, n_in) on the CPU, in the precision of the parameters."""
        mapping, *uppers = self._exact_factors()
        for factor in uppers:
            mapping = product_each(mapping, factor)
        return mapping.mT[:, : self.widths[-1], : self.widths[0]].cpu().clone()

    def _factors(self) -> list[torch.Tensor]:
        """B^T of all layers for the loss, (n_segments, n_in, n_out) each."""
        raise NotImplementedError

    def _exact_factors(self) -> list[torch.Tensor]:
        """The same for C, in the precision of the parameters."""
        raise NotImplementedError

    def _parameter_gradient(self, layer: int, gradient: torch.Tensor) -> torch.Tensor:
        """The gradient of a layer's parameters from that of its B^T, which may be overwritten."""
        raise NotImplementedError
