"""Let museval score a sample of systems and tracks again, and record how far the study's scores differ."""

from pathlib import Path

import pandas as pd

from singmap.files.storage import read_csv, write_csv
from singmap.files.wav import SAMPLE_RATE_HZ, read_targets
from singmap.runtime.logs import tell_user
from singmap.runtime.progress import Progress
from singmap.scoring.audit import AUDIT_COLUMNS, audit_scores, choose_pairs
from singmap.scoring.tables import FRAME_COLUMNS, scores_of_system


def main(*, tracks, separated, frames, audit, settings):
    """Write a table row a pair, target and metric; `separated` and `frames` hold all systems and tracks."""
    targets = [settings["target"], "accompaniment"]
    win, hop = (int(settings[key] * SAMPLE_RATE_HZ) for key in ("window_s", "hop_s"))
    folders = {Path(folder).name: Path(folder) for folder in separated}
    tables = {Path(path).parent.name: path for path in frames}
    pairs = choose_pairs(list(folders), list(tables), settings["audit_pairs"])
    rows = [pd.DataFrame(columns=AUDIT_COLUMNS)]
    for system, track_id in Progress("audit the scores by museval", len(pairs), "pairs").over(pairs):
        table = read_csv(tables[track_id], FRAME_COLUMNS)
        own = scores_of_system(table, system, targets)
        signals = (read_targets(place / track_id, targets) for place in (Path(tracks), folders[system]))
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


if "snakemake" in globals():
    from threadpoolctl import threadpool_limits

    from singmap.runtime.logs import captured

    with captured(snakemake.log[0]), threadpool_limits(snakemake.threads):
        main(
            tracks=snakemake.input.tracks,
            separated=snakemake.input.separated,
            frames=snakemake.input.frames,
            audit=snakemake.output.audit,
            settings=snakemake.params.settings,
        )
