"""Adam in one pass over memory: weights, moments, gradients and the weights' copies in bfloat16.

A step of a small model is bound by this traffic as much as by its products. PyTorch's fused Adam wants
gradients in the weights' format; widening them first and narrowing the weights afterwards would be two more
passes. Here both happen chunk by chunk, while a chunk is in the processor's cache. Training and NCA share it.
"""

import torch

BETAS = (0.9, 0.999)
EPSILON = 1.0e-8
CHUNK_NUMBERS = 1 << 19  # 10 MB of weights, moments, gradient in both formats and copy


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
        self.learning_rate = torch.tensor(learning_rate, device=device) if in_tensor else learning_rate
        self._chunk_numbers = CHUNK_NUMBERS if device.type == "cpu" else max(map(torch.numel, weights))
        self._widened = weights[0].new_empty(0)  # room for a chunk of gradients in the weights' format

    def set_learning_rate(self, learning_rate: float) -> None:
        """Use `learning_rate` from the next step on."""
        if torch.is_tensor(self.learning_rate):
            self.learning_rate.fill_(learning_rate)
        else:
            self.learning_rate = learning_rate

    @torch.no_grad()
    def step(self, gradients: list[torch.Tensor]) -> None:
        """Update weights and copies; `gradients` are all in one format."""
        self.steps += 1
        if gradients[0].dtype == self.weights[0].dtype:
            self._update(self.weights, gradients, self.first, self.second)
            return
        if not len(self._widened):
            self._widened = self.weights[0].new_empty(self._chunk_numbers)
        has_copies = self.copies[0].dtype != self.weights[0].dtype
        for tensors in zip(self.weights, gradients, self.first, self.second, self.copies, strict=True):
            chunks = (tensor.view(-1).split(self._chunk_numbers) for tensor in tensors)
            for weight, gradient, first, second, copy in zip(*chunks, strict=True):
                widened = self._widened[: len(gradient)].copy_(gradient)
                self._update([weight], [widened], [first], [second])
                if has_copies:
                    copy.copy_(weight)

    def state(self) -> dict[str, torch.Tensor]:
        """Moments and number of steps as named tensors, not copied."""
        moments = {"first": self.first, "second": self.second}
        named = {f"{name}.{i}": part for name, parts in moments.items() for i, part in enumerate(parts)}
        return named | {"steps": self.steps}

    def load_state(self, state: dict[str, torch.Tensor]) -> None:
        """Copy what `state` returned into this optimiser."""
        for name, own in self.state().items():
            own.copy_(state[name])

    def _update(self, weights, gradients, first, second) -> None:
        torch._fused_adam_(
            weights,
            gradients,
            first,
            second,
            [],
            [self.steps] * len(weights),
            lr=self.learning_rate,
            beta1=BETAS[0],
            beta2=BETAS[1],
            weight_decay=0.0,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )


def clip(gradients: list[torch.Tensor], norm_max: float) -> None:
    """Scale gradients down in place so that their joint Euclidean norm is at most `norm_max`."""
    norms = torch.stack([torch.linalg.vector_norm(gradient, dtype=torch.float32) for gradient in gradients])
    scale = torch.clamp(norm_max / torch.linalg.vector_norm(norms), max=1.0)
    for gradient in gradients:
        gradient.mul_(scale)
