"""Training losses and the error measure that they are judged by."""

from collections.abc import Callable

import torch

from workflow.lib.errors import InputError

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

# Keeps the logarithm finite on silent bins; magnitudes of full-scale music reach about 10.
KL_FLOOR = 1.0e-4


def generalised_kl(estimate: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean generalised Kullback-Leibler divergence v log(v / y) - v + y, v the target, y the estimate.

    Both are raised by KL_FLOOR first. Zero only where they are equal (Lee and Seung 2001).
    """
    v, y = target + KL_FLOOR, estimate + KL_FLOOR
    return torch.mean(v * torch.log(v / y) - v + y)


LOSSES: dict[str, Loss] = {
    "mse": torch.nn.functional.mse_loss,
    "l1": torch.nn.functional.l1_loss,
    "kl": generalised_kl,
}


def loss_function(name: str) -> Loss:
    """Look up a loss, a function of (n_frames, n_bins) estimate and target; raises InputError if unknown."""
    if name not in LOSSES:
        raise InputError("training.loss", f"one of {', '.join(LOSSES)}", repr(name))
    return LOSSES[name]
