"""Score all systems on one test track."""

from pathlib import Path

import pandas as pd

from singmap.files.storage import atomic_path, read_csv, write_csv
from singmap.files.wav import SAMPLE_RATE_HZ, read_targets
from singmap.runtime.progress import Progress
from singmap.scoring.tables import frame_table, museval_json
from singmap.scoring.track_scores import TrackScorer


def main(*, index, tracks, separated, track_id, frames, museval, settings):
    """Write the frame scores of all systems (folders in `separated`) and museval's JSON of each."""
    targets = [settings["target"], "accompaniment"]
    track = read_csv(index, ["track_id", "track"]).set_index("track_id")["track"][track_id]
    window_s, hop_s = settings["window_s"], settings["hop_s"]
    win, hop = (int(seconds * SAMPLE_RATE_HZ) for seconds in (window_s, hop_s))
    references = read_targets(Path(tracks, track_id), targets)
    scorer = TrackScorer(references, win, hop, settings["engine"], track_id)
    tables = []
    for folder in Progress(f"score {track_id}", len(separated), "systems").over(separated):
        system = Path(folder).name
        scores, flags = scorer.score(read_targets(Path(folder, track_id), targets), system)
        tables.append(frame_table(scores, system, track_id, track, targets, hop_s, flags))
        with atomic_path(Path(museval, f"{system}.json")) as part:
            part.write_text(museval_json(scores, track, targets, window_s, hop_s), encoding="utf-8")
    write_csv(frames, pd.concat(tables))


if "snakemake" in globals():
    from threadpoolctl import threadpool_limits

    from singmap.runtime.logs import captured

    with captured(snakemake.log[0]), threadpool_limits(snakemake.threads):
        main(
            index=snakemake.input.index,
            tracks=snakemake.input.tracks,
            separated=snakemake.input.separated,
            track_id=snakemake.wildcards.track_id,
            frames=snakemake.output.frames,
            museval=snakemake.output.museval,
            settings=snakemake.params.settings,
        )
