"""What a run is about to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """The jobs that a run will start.

    jobs : rule -> the values of the wildcards of each of its jobs
    gpu_rules : rules that compute on a GPU where they are granted one
    gpu_slots : GPUs that may be used at a time; None: not limited
    is_local : the jobs run on this machine, not on a cluster's nodes
    outputs : files and folders that the jobs make, which frees the space of older ones
    """

    jobs: Mapping[str, Sequence[Mapping[str, str]]]
    gpu_rules: frozenset[str] = frozenset()
    gpu_slots: int | None = None
    is_local: bool = True
    outputs: Sequence[Path] = ()

    def has(self, *rules: str) -> bool:
        """Whether a job of any of these rules is planned."""
        return any(rule in self.jobs for rule in rules)
