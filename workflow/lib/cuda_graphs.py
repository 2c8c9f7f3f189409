"""Training steps on a GPU as CUDA graphs: one launch instead of some sixty, which bind small models."""

from collections.abc import Callable

import torch

Step = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

EAGER_CALLS = 3  # before a capture, as PyTorch demands: allocations and kernel choices happen in these


class GraphedStep:
    """Calls `step(mixture, target)`, first eagerly, later by replaying its recording.

    All batches must have one shape, and what `step` changes must stay at one address. The returned loss is
    overwritten by the next call.
    """

    def __init__(self, step: Step):
        self._step = step
        self._calls = 0
        self._graph = torch.cuda.CUDAGraph()
        self._inputs: tuple[torch.Tensor, torch.Tensor] | None = None
        self._loss: torch.Tensor | None = None

    def __call__(self, mixture: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        self._calls += 1
        if self._calls <= EAGER_CALLS:
            return self._on_side_stream(mixture, target)
        if self._inputs is None:
            self._inputs = mixture.clone(), target.clone()
            with torch.cuda.graph(self._graph):
                self._loss = self._step(*self._inputs)
        for fixed, batch in zip(self._inputs, (mixture, target), strict=True):
            fixed.copy_(batch)
        self._graph.replay()
        return self._loss

    def _on_side_stream(self, mixture: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        side, main = torch.cuda.Stream(), torch.cuda.current_stream()
        side.wait_stream(main)
        with torch.cuda.stream(side):
            loss = self._step(mixture, target)
        main.wait_stream(side)
        return loss
