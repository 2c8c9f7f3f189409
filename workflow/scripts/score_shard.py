"""Score one of several shares of the test tracks with one system, and keep the scores for score_system."""

from pathlib import Path
from typing import Any

from singmap.runtime.job import run
from singmap.scoring.separated_systems import ScoringJob, System
from singmap.separation.separator import files_of_systems


def main(
    *, index: Path, tracks: Path, weights: list[Path], provenance: list[Path], gains: list[Path], system: str,
    separator: str, shard: int, shards: int, done: Path, settings: dict[str, Any], audio_subtype: str,
    code: dict[str, str], kept: Path, gpu_slots: int,
) -> None:  # fmt: skip
    """Keep the scores of every `shards`-th track from number `shard` on.

    done : an empty file, written at the end; the others as `score_system` has them, with the `code` of that
    """
    files = files_of_systems(weights, provenance, gains).get(system, ())
    scored = System(system, separator, files, code, kept)
    job = ScoringJob(index, tracks, [], settings, audio_subtype, gpu_slots, (shard, shards))
    job.write([scored], f"{system}, share {shard + 1} of {shards}")
    done.touch()


if __name__ == "__main__":
    run(main)
