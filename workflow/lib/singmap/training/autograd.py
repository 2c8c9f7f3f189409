"""Gradients of a model of one's own by automatic differentiation, in the place of hand-written ones."""

from collections.abc import Callable, Iterator

import torch

from singmap.models.network import FrameModel
from singmap.models.own import seeded
from singmap.runtime.errors import InputError
from singmap.training.losses import Loss


class AutogradGradients:
    """What `singmap.training.backpropagation.Backpropagation` offers, of any module.

    Parameters
    ----------
    model, loss : as of Backpropagation
    dtype : float32, or bfloat16 where PyTorch's autocast uses it
    step_seed : seed of what a module draws in the next step (dropout), so that resumed runs draw the same

    Attributes
    ----------
    parameters, copies : the parameters that are to be trained, twice the same; frozen ones are left out

    Raises InputError where there is nothing to train.
    """

    def __init__(self, model: FrameModel, loss: Loss, dtype: torch.dtype, step_seed: Callable[[], int]):
        self.model, self.loss, self.dtype, self.step_seed = model, loss, dtype, step_seed
        self._trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        if not self._trained:
            remedy = "name a file of `weights` beside it: it is then examined as it is"
            raise InputError("a model of one's own", "parameters to train", "none", remedy)
        for parameter in self._trained:
            parameter.data = parameter.data.contiguous()  # Adam goes through them in the order of memory
        self.parameters = self.copies = [parameter.detach() for parameter in self._trained]

    def refresh(self) -> None:
        """Nothing: the module computes with the parameters themselves."""

    @torch.no_grad()
    def estimate(self, mixture: torch.Tensor) -> torch.Tensor:
        """The model's output (n_frames, n_bins) in float32, as it is when it does not train."""
        self.model.eval()
        with self._autocast():
            estimate: torch.Tensor = self.model(mixture).float()
        return estimate

    def gradients(
        self, mixture: torch.Tensor, target: torch.Tensor
    ) -> tuple[torch.Tensor, Iterator[tuple[int, torch.Tensor]]]:
        """Loss of a batch, (n_frames, n_bins) each, and its gradients by number of parameter."""
        self.model.train()
        with seeded(self.step_seed()), torch.enable_grad():
            with self._autocast():
                estimate = self.model(mixture)
            loss = self.loss(estimate.float(), target)
            found = torch.autograd.grad(loss, self._trained, allow_unused=True)
        used = ((index, slope.contiguous()) for index, slope in enumerate(found) if slope is not None)
        return loss.detach(), used

    def _autocast(self) -> torch.autocast:
        coarse = self.dtype == torch.bfloat16
        return torch.autocast(self.parameters[0].device.type, torch.bfloat16, enabled=coarse)
