"""Let museval score a sample of systems and tracks again, and record how far the study's scores differ."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.audio_format import SAMPLE_RATE_HZ, scored_sources
from singmap.files.tables import Audit, FrameScores, columns, read_table, rows_of, write_table
from singmap.files.wav import read_targets
from singmap.runtime.job import run
from singmap.runtime.logs import tell_user
from singmap.runtime.progress import Progress
from singmap.scoring.audit import audit_scores, choose_pairs
from singmap.scoring.tables import scores_of_system, withheld_of_system


def main(
    *, tracks: Path, separated: list[Path], frames: list[Path], audit: Path, settings: dict[str, Any]
) -> None:
    """Write one row per pair, target and metric; `separated` and `frames` hold all systems."""
    targets = scored_sources(settings["target"])
    win, hop = (int(settings[key] * SAMPLE_RATE_HZ) for key in ("window_s", "hop_s"))
    folders = {folder.name: folder for folder in separated}
    tables = {path.parent.name: path for path in frames}
    track_ids = [] if not frames else list(read_table(frames[0], FrameScores)["track_id"].unique())
    pairs = choose_pairs(list(folders), track_ids, settings["audit_pairs"])
    rows = [pd.DataFrame(columns=columns(Audit))]
    for system, track_id in Progress("audit the scores by museval", len(pairs), "pairs").over(pairs):
        table = read_table(tables[system], FrameScores)
        table = table[table["track_id"] == track_id]
        own = scores_of_system(table, system, targets)
        withheld = withheld_of_system(table, system, targets)
        references, estimates = (
            read_targets(place / track_id, targets) for place in (tracks, folders[system])
        )
        compared = audit_scores(own, withheld, references, estimates, win, hop)
        compared["target"] = compared["target"].map(dict(enumerate(targets)))
        rows.append(compared.assign(system=system, track_id=track_id, track=table["track"].iloc[0]))
    table = pd.concat(rows)[columns(Audit)]
    write_table(audit, table, Audit)
    for row in rows_of(table[table["verdict"] == "differs"]):
        tell_user(
            f"Warning: {row.system} on {row.track}, {row.target} {row.metric}: "
            f"{row.difference_db:.1e} dB from museval; see {audit}"
        )


if __name__ == "__main__":
    run(main)
