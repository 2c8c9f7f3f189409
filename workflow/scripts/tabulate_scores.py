"""Gather the scores of all systems in one table, and in the folders that museval's stores read."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.audio_format import scored_sources
from singmap.files.storage import atomic_path
from singmap.files.tables import FrameScores, Scores, WholeTrackScores, read_table, write_table
from singmap.runtime.job import run
from singmap.scoring.tables import as_track_table, museval_json, scores_of_system, track_table


def main(
    *, frames: list[Path], whole_tracks: list[Path], scores: Path, store: Path, settings: dict[str, Any]
) -> None:
    """Write one row per track, system, target and metric, and <store>/<system>/test/<track>.json.

    `frames` and `whole_tracks` are the scores of all systems; museval's stores hold those of score frames.
    """
    tables = {path.parent.name: read_table(path, FrameScores) for path in frames}
    whole = (as_track_table(read_table(path, WholeTrackScores)) for path in whole_tracks)
    both = zip(map(track_table, tables.values()), whole, strict=True)
    table = pd.concat([part for parts in both for part in parts], ignore_index=True)
    place = {track_id: index for index, track_id in enumerate(table["track_id"].unique())}
    in_order = table.sort_values("track_id", key=lambda ids: ids.map(place), kind="stable")
    write_table(scores, in_order, Scores)
    targets = scored_sources(settings["target"])
    for system, of_system in tables.items():
        for track, of_track in of_system.groupby("track", sort=False):
            values = scores_of_system(of_track, system, targets)
            with atomic_path(store / system / "test" / f"{track}.json") as part:
                text = museval_json(values, str(track), targets, settings["window_s"], settings["hop_s"])
                part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run(main)
