"""Minimise the L1 distance between a model's output and a matrix applied to its input, with Adam.

A problem (workflow/lib/nca.py, workflow/lib/student.py) gives loss and gradients; this module owns the loop:
losses before each update, observation on the way, and the stopping rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch


class Problem(Protocol):
    """A stack of segments that are fitted at the same time; parameters (n_segments, ...) are float."""

    parameters: list[torch.Tensor]

    def gradients(self) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Loss of each segment (n_segments,) and the gradients of the parameters at the present point."""

    def mapping(self) -> torch.Tensor:
        """The present matrices (n_segments, n_out, n_in)."""


@dataclass(frozen=True)
class StoppingRule:
    """Stop when the mean loss of a window improves on the window before it, relatively, by less than a share.

    Means over windows, because Adam's single losses scatter.
    """

    relative_improvement: float
    window_iterations: int = 50

    def met(self, losses: torch.Tensor) -> bool:
        """Whether every segment has converged; losses are (n_iterations, n_segments)."""
        window = self.window_iterations
        if len(losses) < 2 * window or len(losses) % window:
            return False
        before, now = losses[-2 * window : -window].mean(dim=0), losses[-window:].mean(dim=0)
        return bool(((before - now) < self.relative_improvement * before).all())


def descend(
    problem: Problem,
    iterations: int,
    learning_rate: float,
    rule: StoppingRule | None = None,
    observe: Callable[[int], None] = lambda iteration: None,
) -> torch.Tensor:
    """Run Adam on `problem` in place; return the losses before each update, (n_iterations, n_segments).

    Parameters
    ----------
    iterations : updates at most
    rule : stops earlier where it is met
    observe : called with the number of updates done, before each update and at the end
    """
    for parameter in problem.parameters:
        parameter.grad = None
    cuda = problem.parameters[0].device.type == "cuda"
    adam = torch.optim.Adam(problem.parameters, lr=learning_rate, fused=True, capturable=cuda)
    step = _GraphedStep(problem, adam) if cuda else lambda: _step(problem, adam)
    losses = torch.empty(iterations, len(problem.parameters[0]), device=problem.parameters[0].device,
                         dtype=torch.float64)  # fmt: skip
    for iteration in range(iterations):
        observe(iteration)
        losses[iteration] = step()
        if rule and rule.met(losses[: iteration + 1]):
            losses = losses[: iteration + 1]
            break
    observe(len(losses))
    return losses.cpu()


def _step(problem: Problem, adam: torch.optim.Optimizer) -> torch.Tensor:
    loss, gradients = problem.gradients()
    for parameter, gradient in zip(problem.parameters, gradients, strict=True):
        parameter.grad = gradient
    adam.step()
    return loss


class _GraphedStep:
    """One update as a CUDA graph: the first calls run eagerly, as a capture demands, the rest replay.

    Replaying costs one launch instead of some thirty, which small matrices are bound by.
    """

    EAGER_CALLS = 3

    def __init__(self, problem: Problem, adam: torch.optim.Optimizer):
        self._problem, self._adam = problem, adam
        self._calls = 0
        self._graph = torch.cuda.CUDAGraph()
        self._loss: torch.Tensor | None = None

    def __call__(self) -> torch.Tensor:
        self._calls += 1
        if self._calls <= self.EAGER_CALLS:
            return self._on_side_stream()
        if self._loss is None:
            with torch.cuda.graph(self._graph):
                self._loss = _step(self._problem, self._adam)
        self._graph.replay()
        return self._loss

    def _on_side_stream(self) -> torch.Tensor:
        side, main = torch.cuda.Stream(), torch.cuda.current_stream()
        side.wait_stream(main)
        with torch.cuda.stream(side):
            loss = _step(self._problem, self._adam)
        main.wait_stream(side)
        return loss
