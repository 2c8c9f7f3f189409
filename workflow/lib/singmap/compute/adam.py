"""Adam in one pass over memory: weights, moments, gradients and the weights' copies in bfloat16.

A step of a small model is bound by this traffic as much as by its products. PyTorch's fused Adam wants
gradients in the weights' format; widening them first and narrowing the weights afterwards would be two more
passes, which a CPU is spared by singmap.compute.elementwise. Training and NCA share this optimiser.
"""

import math
from collections.abc import Iterable

import torch

from singmap.compute import elementwise

BETAS = (0.9, 0.999)
EPSILON = 1.0e-8


class Adam:
    """The optimiser of Kingma and Ba (2015) with its usual constants.

    Parameters
    ----------
    weights : float32 or float64 tensors, updated in place
    copies : the same in the products' format, renewed by every step; the weights themselves where equal
    learning_rate : of the first step, see `set_learning_rate`
    """

    def __init__(self, weights: list[torch.Tensor], copies: list[torch.Tensor], learning_rate: float):
        device = weights[0].device
        self.weights, self.copies = weights, copies
        self.first = [torch.zeros_like(weight) for weight in weights]
        self.second = [torch.zeros_like(weight) for weight in weights]
        self.steps = torch.zeros((), device=device)
        # A tensor on a GPU, so that recorded steps see its changes; it can hold float32 only.
        in_tensor = device.type == "cuda" and weights[0].dtype == torch.float32
        self.learning_rate: torch.Tensor | float = (
            torch.tensor(learning_rate, device=device) if in_tensor else learning_rate
        )

    def set_learning_rate(self, learning_rate: float) -> None:
        """Use `learning_rate` from the next step on."""
        if torch.is_tensor(self.learning_rate):
            self.learning_rate.fill_(learning_rate)
        else:
            self.learning_rate = learning_rate

    @torch.no_grad()
    def step(self, gradients: Iterable[tuple[int, torch.Tensor]]) -> None:
        """Update weights and copies by pairs of a weight's number and its gradient, as they come."""
        self.steps += 1
        for index, gradient in gradients:
            moments = self.first[index], self.second[index]
            self._update(self.weights[index], gradient, *moments, self.copies[index])

    def state(self) -> dict[str, torch.Tensor]:
        """Moments and number of steps as named tensors, not copied."""
        moments = {"first": self.first, "second": self.second}
        named = {f"{name}.{i}": part for name, parts in moments.items() for i, part in enumerate(parts)}
        return named | {"steps": self.steps}

    def load_state(self, state: dict[str, torch.Tensor]) -> None:
        """Copy what `state` returned into this optimiser."""
        for name, own in self.state().items():
            own.copy_(state[name])

    def _rates(self) -> elementwise.Rates:
        """The constants of this step, see singmap.compute.elementwise.adam."""
        first, second = BETAS
        step = float(self.learning_rate) / (1 - first ** self.steps.item())
        scale = 1 / math.sqrt(1 - second ** self.steps.item())
        return step, first, 1 - first, second, 1 - second, scale, EPSILON

    def _update(
        self,
        weight: torch.Tensor,
        gradient: torch.Tensor,
        first: torch.Tensor,
        second: torch.Tensor,
        copy: torch.Tensor,
    ) -> None:
        if gradient.dtype != weight.dtype and elementwise.serve(weight, gradient, first, second, copy):
            elementwise.adam(weight, gradient, first, second, copy, self._rates())
            return
        torch._fused_adam_(
            [weight],
            [gradient.to(weight.dtype)],
            [first],
            [second],
            [],
            [self.steps],
            lr=self.learning_rate,
            beta1=BETAS[0],
            beta2=BETAS[1],
            weight_decay=0.0,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )
        if copy is not weight:
            copy.copy_(weight)


def clip(gradients: list[torch.Tensor], norm_max: float) -> None:
    """Scale gradients down in place so that their joint Euclidean norm is at most `norm_max`."""
    norms = torch.stack([torch.linalg.vector_norm(gradient, dtype=torch.float32) for gradient in gradients])
    scale = torch.clamp(norm_max / torch.linalg.vector_norm(norms), max=1.0)
    for gradient in gradients:
        gradient.mul_(scale)
