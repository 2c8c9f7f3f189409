"""Let museval score a sample of systems and tracks again, and record how far the study's scores differ."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from singmap.files.audio_format import SAMPLE_RATE_HZ, scored_sources
from singmap.files.audio_pieces import read_stacked
from singmap.files.large_tables import read_large_table
from singmap.files.tables import Audit, FrameScores, columns, rows_of, write_table
from singmap.runtime.job import run
from singmap.runtime.logs import tell_user
from singmap.runtime.progress import Progress
from singmap.scoring.audit import audit_scores, choose_pairs
from singmap.scoring.tables import scores_of_system, withheld_of_system
from singmap.separation.separator import SeparatorSettings, files_of_systems, load_separator, separated
from singmap.spectra.settings import StftSettings


def main(
    *, tracks: Path, weights: list[Path], provenance: list[Path], gains: list[Path], frames: list[Path],
    audit: Path, separators: Mapping[str, str], settings: dict[str, Any], gpu_slots: int,
) -> None:  # fmt: skip
    """Write one row per pair, target and metric; the sampled pairs are separated once more.

    frames : of all systems; weights, provenance, gains : what their separators read, see `files_of_systems`
    separators : the module of each system, see `load_separator`
    """
    targets, stft = scored_sources(settings["target"]), StftSettings(**settings["stft"])
    win, hop = (int(settings[key] * SAMPLE_RATE_HZ) for key in ("window_s", "hop_s"))
    files = files_of_systems(weights, provenance, gains)
    options = SeparatorSettings(settings["estimator"], settings["device"], gpu_slots)
    tables = {path.parent.name: path for path in frames}
    track_ids = (
        list(read_large_table(frames[0], FrameScores, only=["track_id"])["track_id"]) if frames else []
    )
    pairs = choose_pairs(list(tables), track_ids, settings["audit_pairs"])
    rows = [pd.DataFrame(columns=columns(Audit))]
    for system, track_id in Progress("audit the scores by museval", len(pairs), "pairs").over(pairs):
        table = read_large_table(tables[system], FrameScores, rows={"track_id": track_id})
        own = scores_of_system(table, system, targets)
        withheld = withheld_of_system(table, system, targets)
        separator = load_separator(separators[system], files.get(system, ()), options)
        estimates = np.asarray(separated(separator, tracks / track_id, settings["target"], stft))
        references = np.asarray(read_stacked(tracks / track_id, targets))
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
