"""A matrix that is a product of factors, one per layer, fitted to a model's output: C = B_L ... B_2 B_1.

What NCA's two parametrisations of the factors share (nca.py, gains.py): the loss sum |Y - C X|, its slope at
every factor, and C itself. C is formed only on request: C X = B_L (... (B_1 X)) costs n^2 T a layer.
"""

from collections.abc import Sequence

import numpy as np
import torch

from singmap.compute.device import full_float32
from singmap.compute.matmul import product_each
from singmap.compute.precision import padded, work_format
from singmap.mapping.fit import relative_norms
from singmap.mapping.subject import DEAD, check_frames
from singmap.runtime.errors import InputError

BIAS_AXES = ("input", "output")


class FactorsProblem:
    """A stack of segments, fitted by factors that a subclass makes of its parameters (fit.Problem).

    Parameters
    ----------
    weights, biases : W_l (n_out, n_in) and b_l (n_out,) of each layer
    frames, target : (n_segments, n_frames, n_in) and (n_segments, n_frames, n_out), linear magnitude
    initial : couplings (n_segments, n_in, n_in) of each layer to start from
    bias_axis : one of BIAS_AXES; precision : see neural_couplings

    Raises InputError for parts that don't fit together or have no content.

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
        self,
        weights: Sequence[np.ndarray],
        biases: Sequence[np.ndarray],
        frames: np.ndarray,
        target: np.ndarray,
        initial: Sequence[np.ndarray],
        bias_axis: str,
        precision: str,
        device: str = "cpu",
    ) -> None:
        check_shapes(weights, biases, frames, target, initial, bias_axis)
        self.widths = [weights[0].shape[1], *(len(weight) for weight in weights)]
        self._form = form = work_format(precision, torch.device(device))
        self._frames = form.tensor(padded(frames, form, 2), master=True).to(self._loss_format())
        self._target = form.tensor(padded(target, form, 2), master=True)
        self.relative_l2 = self._target.new_ones(len(frames))  # at one address, for steps recorded on a GPU
        self._weights_t = [form.tensor(padded(weight.T, form, 2), master=True) for weight in weights]
        self._prepare([with_bias(*layer, bias_axis) for layer in zip(weights, biases, strict=True)], initial)

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
        """C of every segment, (n_segments, n_out, n_in) on the device, in the precision of the parameters."""
        with full_float32():
            mapping, *uppers = self._exact_factors()
            for factor in uppers:
                mapping = product_each(mapping, factor)
        return mapping.mT[:, : self.widths[-1], : self.widths[0]].clone()

    def _prepare(self, biased: Sequence[np.ndarray], initial: Sequence[np.ndarray]) -> None:
        """Make the parameters of W_l + b_l (n_out, n_in) and of couplings to start from."""
        raise NotImplementedError

    def _loss_format(self) -> torch.dtype:
        """Format of the products that the loss is made of; without rounding unless a subclass says so."""
        return self._form.master

    def _factors(self) -> list[torch.Tensor]:
        """B^T of all layers for the loss, (n_segments, n_in, n_out) each."""
        raise NotImplementedError

    def _exact_factors(self) -> list[torch.Tensor]:
        """The same for C, in the precision of the parameters."""
        raise NotImplementedError

    def _parameter_gradient(self, layer: int, gradient: torch.Tensor) -> torch.Tensor:
        """The gradient of a layer's parameters from that of its B^T, which may be overwritten."""
        raise NotImplementedError


def check_shapes(
    weights: Sequence[np.ndarray],
    biases: Sequence[np.ndarray],
    frames: np.ndarray,
    target: np.ndarray,
    initial: Sequence[np.ndarray],
    bias_axis: str,
) -> None:
    """Raise InputError unless the parts of a CouplingsProblem fit together and have content."""
    if bias_axis not in BIAS_AXES:
        raise InputError("bias_axis", " or ".join(BIAS_AXES), repr(bias_axis))
    if not len(weights) == len(biases) == len(initial) > 0:
        counts = f"{len(weights)}, {len(biases)} and {len(initial)}"
        raise InputError("NCA", "as many weights as biases and couplings", counts)
    n_in = frames.shape[-1]
    for index, (weight, start) in enumerate(zip(weights, initial, strict=True)):
        where = f"NCA layer {index}"
        if weight.shape[1] != n_in:
            raise InputError(where, f"a weight with {n_in} inputs", f"{weight.shape}")
        if start.shape[1:] != (n_in, n_in):
            raise InputError(where, f"couplings ({n_in}, {n_in})", f"{start.shape[1:]}")
        n_in = len(weight)
        if bias_axis == "input" and weight.shape != (n_in, n_in):
            remedy = "set mapping.bias_axis: output"
            raise InputError(
                where, "a square weight for the bias on the input axis", f"{weight.shape}", remedy
            )
    if target.shape != (*frames.shape[:2], n_in):
        raise InputError("NCA target", f"shape {(*frames.shape[:2], n_in)}", f"{target.shape}")
    for x, y in zip(frames, target, strict=True):
        check_frames(x, "NCA frames")
        check_frames(y, "NCA target", DEAD)


def with_bias(weight: np.ndarray, bias: np.ndarray, bias_axis: str) -> np.ndarray:
    """W + b (n_out, n_in), the bias broadcast along one of BIAS_AXES."""
    biased: np.ndarray = weight + (bias[None, :] if bias_axis == "input" else bias[:, None])
    return biased
