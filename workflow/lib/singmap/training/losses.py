"""Training losses and the error measure that they are judged by."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from singmap.runtime.errors import InputError

Function = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Loss:
    """A loss of estimate and target, (n_frames, n_bins) each; calling it gives `value`.

    value : mean over frames and bins; slope : derivative of that with respect to the estimate, of its shape
    """

    value: Function
    slope: Function

    def __call__(self, estimate: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return self.value(estimate, target)


# Keeps the logarithm finite on silent bins; magnitudes of full-scale music reach about 10.
KL_FLOOR = 1.0e-4


def generalised_kl(estimate: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean generalised Kullback-Leibler divergence v log(v / y) - v + y, v the target, y the estimate.

    Both are raised by KL_FLOOR first. Zero only where they are equal (Lee and Seung 2001).
    """
    v, y = target + KL_FLOOR, estimate + KL_FLOOR
    return torch.mean(v * torch.log(v / y) - v + y)


LOSSES = {
    "mse": Loss(torch.nn.functional.mse_loss, lambda y, v: (y - v).mul_(2 / y.numel())),
    "l1": Loss(torch.nn.functional.l1_loss, lambda y, v: (y - v).sign_().div_(y.numel())),
    "kl": Loss(generalised_kl, lambda y, v: ((y - v) / (y + KL_FLOOR)).div_(y.numel())),
}


def loss_function(name: str) -> Loss:
    """Look up a loss; raises InputError if unknown."""
    if name not in LOSSES:
        raise InputError("training.loss", f"one of {', '.join(LOSSES)}", repr(name))
    return LOSSES[name]
