"""Streams, events and recorded steps of a fake GPU (fake_gpu.py).

Copies from pinned memory happen as late as a real card may make them: when their stream does something else,
or when someone waits for it. Who changes the source before, or reads the target without waiting, sees it.
"""

import contextlib
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._pytree import tree_leaves


class FakeStream:
    """What is still to come, in order."""

    def __init__(self, gpu: Any):
        self.gpu = gpu
        self.pending: list[Callable[[], object]] = []

    def later(self, work: Callable[[], object]) -> None:
        """Do something before the stream's next operation."""
        self.pending.append(work)

    def catch_up(self, until: Callable[[], object] | None = None) -> None:
        """Do what is pending, all of it or what came up to `until`."""
        while self.pending:
            work = self.pending.pop(0)
            work()
            if work is until:
                return

    def wait_stream(self, other: "FakeStream") -> None:
        """Let the next operation come after all that `other` has to do now."""
        self.wait_event(other.record_event())

    def wait_event(self, event: "FakeEvent") -> None:
        """The same for what came before an event."""
        self.later(event.synchronize)

    def record_event(self, event: "FakeEvent | None" = None) -> "FakeEvent":
        """An event that comes after all that is pending."""
        event = event or FakeEvent(self.gpu)
        event.record(self)
        return event

    def synchronize(self) -> None:
        """Wait for the stream."""
        self.catch_up()


class FakeEvent:
    """A place in a stream."""

    def __init__(self, gpu: Any):
        self.gpu = gpu
        self._stream: FakeStream | None = None

    def record(self, stream: FakeStream | None = None) -> None:
        """Come after all that the stream, or the present one, has to do now."""
        self._stream = stream or self.gpu.stream
        self._mark = lambda: None  # a new one each time: it is found by identity
        self._stream.later(self._mark)

    def query(self) -> bool:
        """Whether it has come."""
        return self._stream is None or self._mark not in self._stream.pending

    def synchronize(self) -> None:
        """Wait for it; one that was never recorded has come."""
        if not self.query():
            self._stream.catch_up(self._mark)


class Recorder:
    """Operations and the tensors that they were recorded on."""

    def __init__(self) -> None:
        self.operations: list[tuple] = []
        self._originals: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        self._fresh: list[torch.Tensor] = []

    def record(self, func, args, kwargs):
        """Note an operation. It is done, too, so that its results have shapes; `undo` takes that back."""
        for tensor in _changed(func, args, kwargs):
            self._originals.setdefault(tensor.data_ptr(), (tensor, tensor.clone()))
        result = func(*args, **kwargs)
        self.operations.append((func, args, kwargs, result))
        known = {each.data_ptr() for each in tree_leaves((args, kwargs)) if isinstance(each, torch.Tensor)}
        self._fresh += [each for each in _tensors(result) if each.data_ptr() not in known]
        return result

    def undo(self) -> None:
        """Nothing is computed while recording: old numbers come back, new tensors hold none."""
        for fresh in self._fresh:
            if fresh.dtype.is_floating_point:
                fresh.fill_(float("nan"))
        for tensor, original in reversed(self._originals.values()):
            tensor.copy_(original)

    def replay(self) -> None:
        """Do all operations again, on the same tensors."""
        for func, args, kwargs, result in self.operations:
            again = func(*args, **kwargs)
            for own, new in zip(_tensors(result), _tensors(again), strict=True):
                if own.data_ptr() != new.data_ptr():
                    own.copy_(new)


class FakeGraph:
    """A recorded step."""

    def __init__(self, gpu: Any):
        self.gpu = gpu
        self.recorder = Recorder()

    @contextlib.contextmanager
    def recording(self):
        """Record what is done meanwhile, without its effects."""
        self.gpu.stream.catch_up()
        self.gpu.recorder = self.recorder
        try:
            yield
        finally:
            self.gpu.recorder = None
        self.recorder.undo()

    def replay(self) -> None:
        """Do it."""
        self.gpu.stream.catch_up()
        self.recorder.replay()


def _tensors(values) -> list[torch.Tensor]:
    return [each for each in tree_leaves(values) if isinstance(each, torch.Tensor)]


def _changed(func, args, kwargs) -> list[torch.Tensor]:
    """The tensors that an operation changes in place."""
    changed = []
    for number, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            value = args[number] if number < len(args) else kwargs.get(argument.name)
            changed += _tensors(value)
    return changed
