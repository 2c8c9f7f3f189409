"""Examine one trained model by several methods, which share one start; a killed job resumes by segments."""

from pathlib import Path
from typing import Any

from singmap.compute.device import choose_device
from singmap.mapping.method import load_method
from singmap.mapping.run import MappingJob
from singmap.runtime.job import run


def main(
    *, weights: Path, provenance: Path, segments: Path, mixture: Path, outputs: dict[str, Path], model: str,
    seed: int, methods: list[str], settings: dict[str, Any], dtype: str, device: str,
    gpu_slots: int, code: dict[str, str], unfinished: Path,
) -> None:  # fmt: skip
    """Write ``<method>_mapping`` and ``<method>_curve`` of `outputs` for the trained model `weights`.

    dtype : that matrices are stored in; the others as MappingJob has them
    """
    uses_gpu = any(load_method(method).USES_GPU for method in methods)
    chosen = choose_device(device if uses_gpu else "cpu", gpu_slots)
    files = weights, provenance, segments, mixture
    job = MappingJob(model, seed, *files, settings, chosen, code, unfinished)
    for method in methods:
        job.write(method, outputs[f"{method}_mapping"], outputs[f"{method}_curve"], dtype)
    job.clear(methods)


if __name__ == "__main__":
    run(main)
