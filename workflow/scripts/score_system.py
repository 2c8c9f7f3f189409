"""Score one system on all test tracks."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.audio_format import SAMPLE_RATE_HZ, scored_sources
from singmap.files.tables import (
    DecodedTracks,
    FrameScores,
    WholeTrackScores,
    read_table,
    rows_of,
    write_table,
)
from singmap.files.wav import read_targets
from singmap.runtime.job import run
from singmap.runtime.progress import Progress
from singmap.scoring.tables import score_frame_table, whole_track_table
from singmap.scoring.track_scores import TrackScorer
from singmap.scoring.whole_track import whole_track_scores


def main(
    *, index: Path, tracks: Path, separated: Path, system: str, frames: Path, whole_tracks: Path,
    settings: dict[str, Any],
) -> None:  # fmt: skip
    """Write the scores of the estimates in the folder `separated` of the decoded tracks in `index`.

    `frames` gets those of score frames, `whole_tracks` those of whole tracks.
    """
    targets = scored_sources(settings["target"])
    win, hop = (int(settings[key] * SAMPLE_RATE_HZ) for key in ("window_s", "hop_s"))
    rows = rows_of(read_table(index, DecodedTracks))
    tables, whole = [], []
    for row in Progress(f"score {system}", len(rows), "tracks").over(rows):
        references = read_targets(tracks / row.track_id, targets, row.n_samples)
        scorer = TrackScorer(references, win, hop, settings["engine"], row.track_id)
        estimates = read_targets(separated / row.track_id, targets, row.n_samples)
        scores = scorer.score(estimates, system)
        where = system, row.track_id, row.track
        tables.append(score_frame_table(scores, *where, targets, settings["hop_s"]))
        whole.append(whole_track_table(whole_track_scores(references, estimates), *where, targets))
    write_table(frames, pd.concat(tables), FrameScores)
    write_table(whole_tracks, pd.concat(whole), WholeTrackScores)


if __name__ == "__main__":
    run(main)
