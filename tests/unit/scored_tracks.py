"""Scoring without Snakemake: the scripts of its rules, run one after the other."""

from pathlib import Path

from workflow.scripts import audit_scores, score_track, tabulate_scores


def score_tracks(
    audio: dict, separated: list[Path], track_ids: list[str], settings: dict, folder: Path
) -> None:
    """Score tracks, tabulate and audit below `folder`, under the names that a study's results have.

    `audio` holds ``index`` and ``tracks`` of the decoded tracks, `separated` folders of systems, `settings`
    those of scoring, audit_pairs among them.
    """
    places = [folder / "scores" / track_id for track_id in track_ids]
    for place in places:
        files = {"frames": place / "frames.csv", "museval": place / "museval"}
        score_track.main(**audio, separated=separated, track_id=place.name, settings=settings, **files)
    frames = [place / "frames.csv" for place in places]
    tabulate_scores.main(
        frames=frames,
        museval=[place / "museval" for place in places],
        scores=folder / "tables/scores.csv",
        store=folder / "museval",
    )
    audit_scores.main(
        tracks=audio["tracks"],
        separated=separated,
        frames=frames,
        audit=folder / "tables/audit.csv",
        settings=settings,
    )
