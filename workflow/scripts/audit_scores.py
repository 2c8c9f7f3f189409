"""Let museval score a sample of systems and tracks again, and record how far the study's scores differ."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.storage import read_csv, write_csv
from singmap.files.wav import SAMPLE_RATE_HZ, read_targets
from singmap.runtime.job import run
from singmap.runtime.logs import tell_user
from singmap.runtime.progress import Progress
from singmap.scoring.audit import AUDIT_COLUMNS, audit_scores, choose_pairs
from singmap.scoring.tables import FRAME_COLUMNS, scores_of_system


def main(
    *, tracks: Path, separated: list[Path], frames: list[Path], audit: Path, settings: dict[str, Any]
) -> None:
    """Write one row per pair, target and metric; `separated` and `frames` hold all systems."""
    targets = [settings["target"], "accompaniment"]
    win, hop = (int(settings[key] * SAMPLE_RATE_HZ) for key in ("window_s", "hop_s"))
    folders = {folder.name: folder for folder in separated}
    tables = {path.parent.name: path for path in frames}
    track_ids = [] if not frames else list(read_csv(frames[0], FRAME_COLUMNS)["track_id"].unique())
    pairs = choose_pairs(list(folders), track_ids, settings["audit_pairs"])
    rows = [pd.DataFrame(columns=AUDIT_COLUMNS)]
    for system, track_id in Progress("audit the scores by museval", len(pairs), "pairs").over(pairs):
        table = read_csv(tables[system], FRAME_COLUMNS)
        table = table[table["track_id"] == track_id]
        own = scores_of_system(table, system, targets)
        signals = (read_targets(place / track_id, targets) for place in (tracks, folders[system]))
        compared = audit_scores(own, *signals, win, hop)
        compared["target"] = compared["target"].map(dict(enumerate(targets)))
        rows.append(compared.assign(system=system, track_id=track_id, track=table["track"].iloc[0]))
    table = pd.concat(rows)[AUDIT_COLUMNS]
    write_csv(audit, table)
    for row in table[table["verdict"] == "differs"].itertuples():
        tell_user(
            f"Warning: {row.system} on {row.track}, {row.target} {row.metric}: "
            f"{row.difference_db:.1e} dB from museval; see {audit}"
        )


if __name__ == "__main__":
    run(main)
