"""Minimise the L1 distance between a model's output and a matrix applied to its input, with Adam.

A problem (nca.py, student.py) gives loss and gradients; this module owns the loop:
losses before each update, observation on the way, and the stopping rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch

from singmap.compute.adam import Adam
from singmap.compute.cuda_graphs import GraphedStep


class Problem(Protocol):
    """A stack of segments that are fitted at the same time; parameters are (n_segments, ...) each."""

    parameters: list[torch.Tensor]

    def gradients(self) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Loss of each segment (n_segments,), and the gradients of the parameters, in any one format."""

    def mapping(self) -> torch.Tensor:
        """The present matrices (n_segments, n_out, n_in)."""


@dataclass(frozen=True)
class StoppingRule:
    """Stop when the mean loss of a window improves on the window before it, relatively, by less than a share.

    Means over windows, because Adam's single losses scatter.
    """

    relative_improvement: float
    window_iterations: int = 50

    def met(self, losses: torch.Tensor) -> list[int]:
        """The segments that have converged; losses are (n_iterations, n_segments)."""
        window = self.window_iterations
        if len(losses) < 2 * window or len(losses) % window:
            return []
        before, now = losses[-2 * window : -window].mean(dim=0), losses[-window:].mean(dim=0)
        return ((before - now) < self.relative_improvement * before).nonzero().flatten().tolist()


def descend(
    problem: Problem,
    iterations: int,
    learning_rate: float,
    rule: StoppingRule | None = None,
    observe: Callable[[int], None] = lambda iteration: None,
    finish: Callable[[int, list[int]], None] = lambda iteration, segments: None,
) -> torch.Tensor:
    """Run Adam on `problem` in place; return the losses before each update, (n_iterations, n_segments).

    Parameters
    ----------
    iterations : updates at most
    rule : ends a segment where it is met; the optimisation goes on until it has ended all
    observe : called with the number of updates done, before each update and at the end
    finish : called with the number of updates done and the segments that end there, before they move on with
        the others: a segment's result does not depend on which others it is stacked with
    """
    adam = Adam(problem.parameters, problem.parameters, learning_rate)

    def update() -> torch.Tensor:
        loss, gradients = problem.gradients()
        adam.step(enumerate(gradients))
        return loss

    device = problem.parameters[0].device
    step = GraphedStep(update) if device.type == "cuda" else update
    losses = torch.empty(iterations, len(problem.parameters[0]), device=device, dtype=torch.float64)
    unfinished = list(range(losses.shape[1]))
    done = 0
    while done < iterations and unfinished:
        observe(done)
        losses[done] = step()
        done += 1
        met = rule.met(losses[:done]) if rule else []
        if ended := [segment for segment in unfinished if segment in met]:
            finish(done, ended)
            unfinished = [segment for segment in unfinished if segment not in ended]
    observe(done)
    if unfinished:
        finish(done, unfinished)
    return losses[:done].cpu()
