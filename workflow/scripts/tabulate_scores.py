"""Gather the scores of all test tracks in one table, and in the folders that museval's stores read."""

import shutil
from pathlib import Path

import pandas as pd

from singmap.files.storage import read_csv, write_csv
from singmap.scoring.tables import FRAME_COLUMNS, track_table


def main(*, frames, museval, scores, store):
    """Write a row a system, track, target and metric; copy JSONs to <store>/<system>/test/<track>.json."""
    table = pd.concat([track_table(read_csv(path, FRAME_COLUMNS)) for path in frames], ignore_index=True)
    write_csv(scores, table)
    names = table.drop_duplicates("track_id").set_index("track_id")["track"]
    for folder in map(Path, museval):
        for document in folder.glob("*.json"):
            place = Path(store, document.stem, "test")
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(document, place / f"{names[folder.parent.name]}.json")


if "snakemake" in globals():
    from singmap.runtime.logs import captured

    with captured(snakemake.log[0]):
        main(
            frames=snakemake.input.frames,
            museval=snakemake.input.museval,
            scores=snakemake.output.scores,
            store=snakemake.output.store,
        )
