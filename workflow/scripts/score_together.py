"""Separate all test tracks with several systems and score them, as score_system does with one."""

from pathlib import Path
from typing import Any

from singmap.runtime.job import run
from singmap.scoring.separated_systems import OUTPUTS, ScoringJob, System
from singmap.separation.separator import files_of_systems


def main(
    *, index: Path, tracks: Path, stretches: list[Path], weights: list[Path], provenance: list[Path],
    gains: list[Path], separators: dict[str, str], outputs: dict[str, Path], settings: dict[str, Any],
    audio_subtype: str, code: dict[str, dict[str, str]], kept: Path, gpu_slots: int,
) -> None:  # fmt: skip
    """Write the scores of all systems, and the audio that is asked for.

    weights, provenance, gains : what the systems' separators read, see `files_of_systems`
    separators, code : module, and digests of what shapes the scores, by system
    outputs : ``<system>_<output>`` for what each System is to write; kept : folder of theirs
    The others as ScoringJob has them.
    """
    files = files_of_systems(weights, provenance, gains)
    systems = []
    for name, separator in separators.items():
        own = {output: outputs[f"{name}_{output}"] for output in OUTPUTS if f"{name}_{output}" in outputs}
        systems.append(System(name, separator, files.get(name, ()), code[name], kept / name, **own))
    job = ScoringJob(index, tracks, stretches, settings, audio_subtype, gpu_slots)
    job.write(systems, f"{len(systems)} systems")


if __name__ == "__main__":
    run(main)
