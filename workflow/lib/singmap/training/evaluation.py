"""How well a model predicts frames: its loss, its relative error, and whether it is alive at all."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from singmap.compute.device import full_float32
from singmap.models.network import FrameModel
from singmap.runtime.errors import InputError
from singmap.spectra.cache import SpectraCache
from singmap.training.device_frames import Batch, frames_on, kept_frames
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
    """Evaluate a model where it lies, in full float32."""
    return Validation(cache, loss, next(model.parameters()).device).evaluate_model(model)


class Validation:
    """The frames that a model is judged by; on a GPU they stay there, where they find room.

    What silence scores on them is computed once.
    """

    def __init__(self, cache: SpectraCache, loss: Loss, device: torch.device):
        self.cache, self.loss, self.device = cache, loss, device
        self._kept = kept_frames(cache, device, frames_max=0)
        self._of_silence: tuple[float, float] | None = None  # sums of the loss and of the target's squares

    def evaluate_model(self, model: FrameModel) -> Evaluation:
        """Evaluate a model on the device in full float32, whatever precision it trained with."""
        model.eval()
        with full_float32():
            return self.evaluate(model)

    @torch.no_grad()
    def evaluate(self, estimate_of: Callable[[torch.Tensor], torch.Tensor]) -> Evaluation:
        """Apply `estimate_of`, mixture (n_frames, n_bins) to estimate, to all frames.

        Sums are kept in float64 and in the order of the frames: the same machine repeats them exactly.
        """
        sums = torch.zeros(2, dtype=torch.float64, device=self.device)
        silence = torch.zeros_like(sums)
        peak = torch.zeros((), device=self.device)
        for mixture, target in self._pieces():
            estimate = estimate_of(mixture)
            parts = self.loss(estimate, target) * len(target), ((estimate - target) ** 2).sum()
            sums += torch.stack(parts).double()
            peak = torch.maximum(peak, estimate.abs().max())
            if self._of_silence is None:
                parts = self.loss(torch.zeros_like(target), target) * len(target), (target**2).sum()
                silence += torch.stack(parts).double()
        if self._of_silence is None:
            loss_sum, size = silence.tolist()
            self._of_silence = loss_sum, size
        silence_sum, size = self._of_silence
        loss_sum, error = sums.tolist()
        relative_error, n_frames = error / size if size else math.inf, self.cache.n_frames
        return Evaluation(loss_sum / n_frames, relative_error, silence_sum / n_frames, peak.item())

    def _pieces(self) -> Iterator[Batch]:
        """All frames, EVALUATION_FRAMES at a time."""
        for first in range(0, self.cache.n_frames, EVALUATION_FRAMES):
            stop = first + EVALUATION_FRAMES
            if self._kept is not None:
                yield self._kept.slice(first, stop)
            else:
                yield frames_on(self.device, self.cache, slice(first, stop))


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
