"""Gather the scores of all systems in one table, and in the folders that museval's stores read."""

import errno
from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.audio_format import scored_sources
from singmap.files.large_tables import read_large_table
from singmap.files.storage import full_disk, make_folder
from singmap.files.tables import FrameScores, Scores, WholeTrackScores, read_table, write_table
from singmap.runtime.job import run
from singmap.scoring.tables import as_track_table, museval_json, scores_by_track, track_table


def main(
    *, frames: list[Path], whole_tracks: list[Path], scores: Path, store: Path, settings: dict[str, Any]
) -> None:
    """Write one row per track, system, target and metric, and <store>/<system>/test/<track>.json.

    `frames` and `whole_tracks` are the scores of all systems; museval's stores hold those of score frames.
    """
    targets, parts = scored_sources(settings["target"]), []
    for path, whole in zip(frames, whole_tracks, strict=True):
        # One system's score frames are in memory at a time: of many tracks they are millions of rows.
        of_system = read_large_table(path, FrameScores)
        parts += [track_table(of_system), as_track_table(read_table(whole, WholeTrackScores))]
        _export(of_system, store / path.parent.name / "test", targets, settings)
    table = pd.concat(parts, ignore_index=True)
    place = {track_id: index for index, track_id in enumerate(table["track_id"].unique())}
    in_order = table.sort_values("track_id", key=lambda ids: ids.map(place), kind="stable")
    write_table(scores, in_order, Scores)


def _export(of_system: pd.DataFrame, folder: Path, targets: list[str], settings: dict[str, Any]) -> None:
    """Write <track>.json as museval does for every track of one system's table FrameScores.

    The store is made anew as a whole: none of its files waits for the disk, as single outputs do.
    """
    make_folder(folder)
    for track, values in scores_by_track(of_system, targets):
        path = folder / f"{track}.json"
        try:
            path.write_text(
                museval_json(values, targets, settings["window_s"], settings["hop_s"]), encoding="utf-8"
            )
        except OSError as error:
            raise full_disk(path) if error.errno == errno.ENOSPC else error from error


if __name__ == "__main__":
    run(main)
