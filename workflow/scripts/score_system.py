"""Separate all test tracks with one system and score it; its audio goes, but for what is to be heard."""

from pathlib import Path
from typing import Any

from singmap.runtime.job import run
from singmap.scoring.separated_systems import ScoringJob, System
from singmap.separation.separator import files_of_systems


def main(
    *, index: Path, tracks: Path, stretches: list[Path], weights: list[Path], provenance: list[Path],
    gains: list[Path], system: str, separator: str, outputs: dict[str, Path], settings: dict[str, Any],
    audio_subtype: str, code: dict[str, str], kept: Path, gpu_slots: int,
) -> None:  # fmt: skip
    """Write the scores of one system, and the audio that is asked for.

    weights, provenance, gains : what the system's separator reads, see `files_of_systems`
    outputs : what the System is to write; the others as System and ScoringJob have them
    """
    files = files_of_systems(weights, provenance, gains).get(system, ())
    scored = System(system, separator, files, code, kept, **outputs)
    job = ScoringJob(index, tracks, stretches, settings, audio_subtype, gpu_slots)
    job.write([scored], system)


if __name__ == "__main__":
    run(main)
