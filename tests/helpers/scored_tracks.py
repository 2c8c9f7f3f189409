"""Scoring without Snakemake: the scripts of its rules, run one after the other."""

from pathlib import Path

from workflow.scripts import audit_scores, score_system, tabulate_scores

ORACLES = "singmap.separation.oracles"
TRAINED = "singmap.separation.trained"
EQUALISER = "singmap.separation.static_filter"
# All that shapes separation and scores, for tracks of half a second.
SETTINGS = {
    "target": "drums",
    "window_s": 0.2,
    "hop_s": 0.2,
    "engine": "fast",
    "estimator": "magnitude",
    "stft": {"window": "hamming", "window_samples": 512, "fft_samples": 512, "hop_samples": 128},
    "device": "cpu",
}


def score(audio: dict, system: str, settings: dict, folder: Path, **given) -> dict[str, Path]:
    """Score a system, an oracle unless told otherwise, below `folder` as a study has it; returns the outputs.

    `audio` holds ``index`` and ``tracks`` of the decoded tracks, `settings` all that shapes separation and
    scores, `given` further arguments of the script. Where ``stretches`` are given, excerpts are kept, with
    ``audio_subtype`` all targets.
    """
    outputs = {
        "frames": folder / "scores" / system / "frames.parquet",
        "whole_tracks": folder / "scores" / system / "tracks.csv",
    }
    outputs |= {"excerpts": folder / "excerpts" / system} if "stretches" in given else {}
    outputs |= {"separated": folder / "separated" / system} if "audio_subtype" in given else {}
    nothing = {"stretches": [], "weights": [], "provenance": [], "gains": [], "audio_subtype": "FLOAT"}
    fixed = {"separator": f"{ORACLES}.{system}", "code": {}, "kept": folder / "kept" / system, "gpu_slots": 0}
    score_system.main(
        **audio, system=system, outputs=outputs, settings=settings, **{**nothing, **fixed, **given}
    )
    return outputs


def score_oracles(audio: dict, oracles: list[str], settings: dict, folder: Path) -> None:
    """Score oracles, tabulate and audit below `folder`, under the names that a study's results have.

    `settings` hold audit_pairs, too.
    """
    made = [score(audio, oracle, settings, folder) for oracle in oracles]
    tabulate_scores.main(
        frames=[outputs["frames"] for outputs in made],
        whole_tracks=[outputs["whole_tracks"] for outputs in made],
        scores=folder / "tables/scores.csv",
        store=folder / "museval",
        settings=settings,
    )
    audit(audio, oracles, settings, folder, folder / "tables/audit.csv")


def audit(audio: dict, oracles: list[str], settings: dict, folder: Path, table: Path) -> None:
    """Audit the scores of oracles that lie below `folder`."""
    audit_scores.main(
        tracks=audio["tracks"],
        weights=[],
        provenance=[],
        gains=[],
        frames=[folder / "scores" / oracle / "frames.parquet" for oracle in oracles],
        audit=table,
        separators={oracle: f"{ORACLES}.{oracle}" for oracle in oracles},
        settings=settings,
        gpu_slots=0,
    )
