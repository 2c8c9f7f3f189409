"""Scoring without Snakemake: the scripts of its rules, run one after the other."""

from pathlib import Path

from workflow.scripts import audit_scores, score_system, tabulate_scores


def score_systems(audio: dict, separated: list[Path], settings: dict, folder: Path) -> None:
    """Score systems, tabulate and audit below `folder`, under the names that a study's results have.

    `audio` holds ``index`` and ``tracks`` of the decoded tracks, `separated` folders of systems, `settings`
    those of scoring, audit_pairs among them.
    """
    places = [folder / "scores" / system.name for system in separated]
    for system, place in zip(separated, places, strict=True):
        score_system.main(
            **audio,
            separated=system,
            system=system.name,
            frames=place / "frames.csv",
            whole_tracks=place / "tracks.csv",
            settings=settings,
        )
    frames = [place / "frames.csv" for place in places]
    tabulate_scores.main(
        frames=frames,
        whole_tracks=[place / "tracks.csv" for place in places],
        scores=folder / "tables/scores.csv",
        store=folder / "museval",
        settings=settings,
    )
    audit_scores.main(
        tracks=audio["tracks"],
        separated=separated,
        frames=frames,
        audit=folder / "tables/audit.csv",
        settings=settings,
    )
