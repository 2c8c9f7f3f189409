"""Optimisation steps on a GPU as CUDA graphs: one launch instead of some sixty, which bind small models."""

from collections.abc import Callable

import torch

Step = Callable[..., torch.Tensor]
Form = tuple[tuple[torch.Size, torch.dtype], ...]

EAGER_CALLS = 3  # before a capture, as PyTorch demands: allocations and kernel choices happen in these


class GraphedStep:
    """Calls `step(*inputs)`, first eagerly, later by replaying its recording.

    What `step` changes must stay at one address. Inputs of another shape or format are recorded anew: copied
    into the old ones they would be repeated to fill them, or refused. The returned loss is overwritten by the
    next call.
    """

    def __init__(self, step: Step):
        self._step = step
        self._recordings: dict[Form, _Recording] = {}

    def __call__(self, *inputs: torch.Tensor) -> torch.Tensor:
        form = tuple((each.shape, each.dtype) for each in inputs)
        if form not in self._recordings:
            self._recordings[form] = _Recording(self._step)
        return self._recordings[form](*inputs)


class _Recording:
    """The calls with inputs of one form."""

    def __init__(self, step: Step):
        self._step = step
        self._calls = 0
        self._graph = torch.cuda.CUDAGraph()
        self._inputs: list[torch.Tensor] = []
        self._loss: torch.Tensor | None = None

    def __call__(self, *inputs: torch.Tensor) -> torch.Tensor:
        self._calls += 1
        if self._calls <= EAGER_CALLS:
            return self._on_side_stream(*inputs)
        if self._loss is None:
            self._inputs = [each.clone() for each in inputs]
            with torch.cuda.graph(self._graph):
                self._loss = self._step(*self._inputs)
        for fixed, each in zip(self._inputs, inputs, strict=True):
            fixed.copy_(each)
        self._graph.replay()
        return self._loss

    def _on_side_stream(self, *inputs: torch.Tensor) -> torch.Tensor:
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call] # torch has no types here
        main = torch.cuda.current_stream()
        side.wait_stream(main)
        with torch.cuda.stream(side):
            loss = self._step(*inputs)
        main.wait_stream(side)
        return loss
