"""Examine one trained model with one method on all segments; a killed job resumes by segments."""

from pathlib import Path
from typing import Any

from singmap.compute.device import choose_device
from singmap.mapping.method import load_method
from singmap.mapping.run import MappingJob
from singmap.runtime.job import run


def main(
    *, weights: Path, provenance: Path, segments: Path, mixture: Path, mapping: Path, curve: Path,
    model: str, seed: int, method: str, settings: dict[str, Any], dtype: str, device: str,
    gpu_slots: int, code: dict[str, str], unfinished: Path,
) -> None:  # fmt: skip
    """Write `mapping` and `curve` of one method for the trained model `weights`.

    dtype : that matrices are stored in; the others as MappingJob has them
    """
    # The rule grants no GPU to a method that would leave it idle.
    chosen = choose_device(device if load_method(method).USES_GPU else "cpu", gpu_slots)
    files = weights, provenance, segments, mixture
    job = MappingJob(model, seed, *files, settings, chosen, code, unfinished)
    job.write(method, mapping, curve, dtype)
    job.clear([method])


if __name__ == "__main__":
    run(main)
