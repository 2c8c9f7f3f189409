"""Cutting excerpts by the script of its rule."""

from pathlib import Path

from workflow.scripts import cut_excerpts


def cut(folder: Path, n_tracks: int) -> dict[str, Path]:
    """Cut excerpts of at most `n_tracks` of the tracks in `folder`; returns what the next rules take."""
    made = {"excerpts": folder / "excerpts.csv", "audio": folder / "audio"}
    cut_excerpts.main(
        index=folder / "index.csv",
        tracks=folder / "tracks",
        separated=[folder / "sf_seed0"],
        settings={"target": "vocals", "excerpt_tracks": n_tracks, "excerpt_s": 0.6},
        **made,
    )
    return made
