"""How well a model predicts frames: its loss, its relative error, and whether it is alive at all."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from singmap.models.network import FrameModel
from singmap.runtime.errors import InputError
from singmap.spectra.cache import SpectraCache
from singmap.training.batches import frames_on
from singmap.training.losses import Loss

EVALUATION_FRAMES = 1024


@dataclass(frozen=True)
class Evaluation:
    """Figures over a set of frames.

    loss : mean training loss
    relative_error : sum (estimate - target)^2 / sum target^2 over all frames and bins, whatever the loss;
        silence has 1.0, the truth 0.0
    silence_loss : the loss of predicting zeros
    peak : largest estimated magnitude; 0.0 of a dead model
    """

    loss: float
    relative_error: float
    silence_loss: float
    peak: float


def evaluate_model(model: FrameModel, cache: SpectraCache, loss: Loss) -> Evaluation:
    """Evaluate a model where it lies in full float32, whatever precision it trained with."""
    tf32 = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    model.eval()
    try:
        return evaluate(model, cache, loss, next(model.parameters()).device)
    finally:
        torch.backends.cuda.matmul.allow_tf32 = tf32


@torch.no_grad()
def evaluate(
    estimate_of: Callable[[torch.Tensor], torch.Tensor],
    cache: SpectraCache,
    loss: Loss,
    device: torch.device,
) -> Evaluation:
    """Apply `estimate_of`, mixture (n_frames, n_bins) to estimate, to all frames on `device`.

    Sums are kept in float64 and in the order of the frames, so that the same machine repeats them exactly.
    """
    sums = torch.zeros(4, dtype=torch.float64, device=device)
    peak = torch.zeros((), device=device)
    for start in range(0, cache.n_frames, EVALUATION_FRAMES):
        mixture, target = frames_on(device, cache, slice(start, start + EVALUATION_FRAMES))
        estimate = estimate_of(mixture)
        parts = (
            loss(estimate, target) * len(target),
            loss(torch.zeros_like(target), target) * len(target),
            ((estimate - target) ** 2).sum(),
            (target**2).sum(),
        )
        sums += torch.stack(parts).double()
        peak = torch.maximum(peak, estimate.abs().max())
    loss_sum, silence_sum, error, size = sums.tolist()
    relative_error = error / size if size else math.inf
    return Evaluation(loss_sum / cache.n_frames, relative_error, silence_sum / cache.n_frames, peak.item())


def check_alive(evaluation: Evaluation, where: str, finished: bool) -> None:
    """Raise InputError for a model that diverged, died or, once `finished`, is no better than silence."""
    if not math.isfinite(evaluation.loss):
        remedy = "lower training.learning_rate or set training.gradient_clip_norm"
        raise InputError(where, "a finite validation loss", f"{evaluation.loss} (it diverged)", remedy)
    if evaluation.peak == 0.0:
        remedy = "lower training.learning_rate, or train with another seed"
        raise InputError(where, "a living model", "all estimates zero (its ReLUs are dead)", remedy)
    if finished and evaluation.loss >= evaluation.silence_loss:
        found = f"{evaluation.loss:.4g}, silence {evaluation.silence_loss:.4g}"
        remedy = "train longer (training.epochs_max) or change training.learning_rate"
        raise InputError(where, "a validation loss below that of silence", found, remedy)
