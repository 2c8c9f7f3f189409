"""The Jacobian of a model that is known as a function alone, by automatic differentiation.

Since every frame is treated alone, the slopes of an output bin at all frames are one backward pass, that of
the sum of this bin over frames. A matrix costs as many passes as the model has output bins.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import torch

from singmap.mapping.subject import ExaminedModel
from singmap.runtime.errors import InputError


def jacobian_rows(
    model: ExaminedModel, frames: np.ndarray, bins: Iterable[int] | None = None
) -> Iterator[tuple[int, torch.Tensor]]:
    """Rows of the Jacobian at all frames, (n_frames, n_in) each, with the number of their output bin.

    frames : (n_frames, n_in); bins : output bins, in the order wanted; None: all
    Raises InputError for a model that PyTorch can't differentiate.
    """
    with torch.enable_grad():
        x = torch.from_numpy(np.array(frames)).to(model.device).requires_grad_()
        output = _differentiable(model.forward(x))
        for output_bin in range(output.shape[1]) if bins is None else bins:
            (rows,) = torch.autograd.grad(output[:, output_bin].sum(), x, retain_graph=True)
            yield output_bin, rows


def mean_function_jacobian(model: ExaminedModel, frames: np.ndarray, weighted: bool) -> np.ndarray:
    """Average of the Jacobian over frames (n_frames, n_in), as (n_out, n_in).

    weighted : by the input in each bin, sum_t J_t diag(x_t) / sum_t x_t; columns of bins that are silent in
        all frames are zero
    """
    x = torch.from_numpy(np.array(frames)).to(model.device)
    weights = x if weighted else torch.ones_like(x)
    sums = torch.stack([(rows * weights).sum(dim=0) for _, rows in jacobian_rows(model, frames)])
    size = weights.sum(dim=0)
    mean: np.ndarray = torch.where(size > 0, sums / size, 0).cpu().numpy()
    return mean


def jacobian_at(model: ExaminedModel, frame: torch.Tensor, bins: np.ndarray) -> torch.Tensor:
    """Rows of the Jacobian at one frame (n_in,), (n_rows, n_in) for these output bins, by one pass."""
    with torch.enable_grad():
        copies = frame.repeat(len(bins), 1).requires_grad_()
        chosen = _differentiable(model.forward(copies))[torch.arange(len(bins)), torch.as_tensor(bins)]
        (rows,) = torch.autograd.grad(chosen.sum(), copies)
    return rows


def jacobian_times_frames(model: ExaminedModel, frames: torch.Tensor) -> torch.Tensor:
    """J x of every frame (n_frames, n_in), as (n_frames, n_out)."""
    with torch.enable_grad():
        _, product = torch.autograd.functional.jvp(model.forward, frames, frames)  # type: ignore[no-untyped-call]
    moved: torch.Tensor = product
    return moved


def _differentiable(output: torch.Tensor) -> torch.Tensor:
    if not output.requires_grad:
        raise InputError("model", "an output that PyTorch can differentiate", "one that it can't follow")
    return output
