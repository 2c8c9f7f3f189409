"""Score one system on all test tracks."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.audio_format import SAMPLE_RATE_HZ, scored_sources
from singmap.files.tables import DecodedTracks, FrameScores, read_table, rows_of, write_table
from singmap.files.wav import read_targets
from singmap.runtime.job import run
from singmap.runtime.progress import Progress
from singmap.scoring.tables import score_frame_table
from singmap.scoring.track_scores import TrackScorer


def main(
    *, index: Path, tracks: Path, separated: Path, system: str, frames: Path, settings: dict[str, Any]
) -> None:
    """Write the frame scores of the estimates in the folder `separated` of the decoded tracks in `index`."""
    targets = scored_sources(settings["target"])
    win, hop = (int(settings[key] * SAMPLE_RATE_HZ) for key in ("window_s", "hop_s"))
    rows = rows_of(read_table(index, DecodedTracks))
    tables = []
    for row in Progress(f"score {system}", len(rows), "tracks").over(rows):
        references = read_targets(tracks / row.track_id, targets, row.n_samples)
        scorer = TrackScorer(references, win, hop, settings["engine"], row.track_id)
        estimates = read_targets(separated / row.track_id, targets, row.n_samples)
        scores = scorer.score(estimates, system)
        where = system, row.track_id, row.track
        tables.append(score_frame_table(scores, *where, targets, settings["hop_s"]))
    write_table(frames, pd.concat(tables), FrameScores)


if __name__ == "__main__":
    run(main)
