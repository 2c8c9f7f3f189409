"""The last states of an unfinished training, so that a killed job goes on where it was."""

from pathlib import Path
from typing import Any

import torch

from singmap.files.unfinished import Entry, UnfinishedRun

KEPT = 2  # should the last state be damaged, the one before costs a minute, not the whole run

State = tuple[dict[str, torch.Tensor], dict[str, Any]]


class ResumeStore:
    """Saves and finds the states of one run: tensors, and facts that JSON can hold.

    Parameters as of singmap.files.unfinished.UnfinishedRun, in which each state is an entry.
    """

    def __init__(self, folder: Path, key: str):
        self.run = UnfinishedRun(folder, key)

    def save(self, tensors: dict[str, torch.Tensor], facts: dict[str, Any]) -> None:
        """Write one more state, then remove those that are not kept any longer."""
        names = self.run.names()
        number = _number(names[-1]) + 1 if names else 1
        arrays = {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}
        self.run.keep(f"state-{number:08d}", Entry(arrays, facts))
        for name in names[: len(names) + 1 - KEPT]:
            self.run.remove(name)

    def load(self) -> State | None:
        """The last whole state of this run, None if there is none; damaged ones are told and passed over."""
        for name in reversed(self.run.names()):
            if state := self.run.load(name):
                return {key: torch.from_numpy(array) for key, array in state.arrays.items()}, state.facts
        return None

    def clear(self) -> None:
        """Remove the states of this model and seed, those of changed runs too."""
        self.run.clear()


def _number(name: str) -> int:
    """The number in the name of a state."""
    return int(name.partition("-")[2])
