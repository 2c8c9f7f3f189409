"""Fit matrices to a model's output: minimise the L1 distance between it and C x with Adam.

A descent makes a fixed number of updates, or ends where its goal is reached, a relative L2 error.
`fit_segments` is the way from a problem (NCA's couplings, the student's free matrix) to its results: it goes
through the steps of the descent, looks at the matrices where a step is due or a segment ends, and puts matrix
and curve together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
import torch

from singmap.compute.adam import Adam
from singmap.compute.cuda_graphs import GraphedStep
from singmap.mapping.device_measures import CurveRecorder
from singmap.mapping.examination import Examination
from singmap.mapping.result import MappingResult
from singmap.mapping.settings import DescentSettings


class Problem(Protocol):
    """A stack of segments that are fitted at the same time; parameters are (n_segments, ...) each."""

    parameters: list[torch.Tensor]
    relative_l2: torch.Tensor  # |Y - C X| / |Y| of each segment, as the last call of `gradients` found it

    def gradients(self) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Loss of each segment (n_segments,), and the gradients of the parameters, in any one format."""

    def mapping(self) -> torch.Tensor:
        """The present matrices (n_segments, n_out, n_in), where the parameters lie."""


@dataclass(frozen=True)
class Step:
    """Where a descent stands after `done` updates.

    losses : before each of these updates, (done, n_segments) float64, on the problem's device
    running : segments that had not ended before
    ended : those of them that end here; what they do afterwards, stacked with the others, is of no account
    """

    done: int
    losses: torch.Tensor
    running: list[int]
    ended: list[int]


def fit_segments(problem: Problem, examination: Examination, descent: DescentSettings) -> list[MappingResult]:
    """Run the descent of a problem, which was made of an examination, to its end; one result per segment."""
    frames, output, progress = examination.frames, examination.output, examination.progress
    if progress:
        progress.total = descent.iterations
    record_every = examination.settings.record_every_iterations
    recorder, matrices = CurveRecorder(frames, output), dict[int, np.ndarray]()
    records: list[dict[int, dict[str, float]]] = [{} for _ in frames]  # of a segment: iteration -> measures
    for step in descent_steps(problem, descent.iterations, descent.learning_rate, descent.relative_l2):
        is_due = record_every and step.done % record_every == 0
        if looked_at := step.running if is_due else step.ended:
            stack = problem.mapping()
            for segment, measures in recorder.measures(stack, looked_at).items():
                records[segment][step.done] = measures
        matrices |= {segment: stack[segment].cpu().numpy().copy() for segment in step.ended}
        if progress and step.done:
            progress.update()
    # One loss more than updates: that of the result. The step's own are those before each update.
    losses = torch.cat([step.losses.cpu(), problem.gradients()[0].cpu()[None]]).numpy()
    curves = [_curve(losses[:, segment], measured) for segment, measured in enumerate(records)]
    return [MappingResult(matrices[segment], curve) for segment, curve in enumerate(curves)]


def _curve(losses: np.ndarray, measured: dict[int, dict[str, float]]) -> pd.DataFrame:
    """A segment's curve up to its last record, which is where it ended."""
    curve = pd.DataFrame({"loss": losses[: max(measured) + 1]})
    curve = curve.join(pd.DataFrame.from_dict(measured, orient="index"))
    return curve.rename_axis("iteration").reset_index()


def descend(problem: Problem, iterations: int, learning_rate: float) -> torch.Tensor:
    """Run a descent to its end; return the losses before each update, (n_iterations, n_segments)."""
    for step in descent_steps(problem, iterations, learning_rate):
        losses = step.losses
    return losses.cpu()


def descent_steps(
    problem: Problem, iterations: int, learning_rate: float, relative_l2: float | None = None
) -> Iterator[Step]:
    """Run Adam on `problem` in place, and pause before each update and at the end.

    `iterations` are the updates at most. A segment ends as soon as its error is at most `relative_l2`, if
    that is given, and the descent goes on until it has ended all.
    """
    adam = Adam(problem.parameters, problem.parameters, learning_rate)

    def update() -> torch.Tensor:
        loss, gradients = problem.gradients()
        adam.step(enumerate(gradients))
        return loss

    device, n_segments = problem.parameters[0].device, len(problem.parameters[0])
    make_update = GraphedStep(update) if device.type == "cuda" else update
    losses = torch.empty(iterations, n_segments, device=device, dtype=torch.float64)
    running = list(range(n_segments))
    for done in range(iterations + 1):
        reached = _reached(problem, running, relative_l2) if done and relative_l2 is not None else []
        ended = running if done == iterations else [segment for segment in running if segment in reached]
        yield Step(done, losses[:done], running, ended)
        running = [segment for segment in running if segment not in ended]
        if not running:
            return
        losses[done] = make_update()


def relative_norms(residual: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Euclidean norm of the residual over that of the target, of each segment (n_segments,)."""
    norms = [torch.linalg.vector_norm(values, dim=(1, 2)) for values in (residual, target)]
    quotients: torch.Tensor = norms[0] / norms[1]
    return quotients


def _reached(problem: Problem, running: list[int], relative_l2: float) -> list[int]:
    """The running segments whose error was at most `relative_l2` before the last update, and is so after it.

    A single step of Adam can raise the error by some hundredths of it; and what a segment waits for must not
    depend on the others in the stack.
    """

    def near() -> list[bool]:  # of all segments at once: each look makes the host wait for a GPU
        return [bool(is_near) for is_near in (problem.relative_l2 <= relative_l2).tolist()]

    now = near()
    before = [segment for segment in running if now[segment]]
    if not before:
        return []
    problem.gradients()
    now = near()
    return [segment for segment in before if now[segment]]
