"""Gather the scores of all systems in one table, and in the folders that museval's stores read."""

import shutil
from pathlib import Path

import pandas as pd

from singmap.files.storage import read_csv, write_csv
from singmap.runtime.job import run
from singmap.scoring.tables import FRAME_COLUMNS, track_table


def main(*, frames: list[Path], museval: list[Path], scores: Path, store: Path) -> None:
    """Write one row per track, system, target and metric; copy JSONs to <store>/<system>/test/<track>.json.

    `frames` and `museval` are the files and folders of all systems, scores/<system>/.
    """
    table = pd.concat([track_table(read_csv(path, FRAME_COLUMNS)) for path in frames], ignore_index=True)
    names = table.drop_duplicates("track_id").set_index("track_id")["track"]
    place = {track_id: index for index, track_id in enumerate(names.index)}
    write_csv(scores, table.sort_values("track_id", key=lambda ids: ids.map(place), kind="stable"))
    for folder in museval:
        for document in folder.glob("*.json"):
            copy = store / folder.parent.name / "test" / f"{names[document.stem]}.json"
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(document, copy)


if __name__ == "__main__":
    run(main)
