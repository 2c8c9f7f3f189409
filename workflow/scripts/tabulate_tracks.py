"""Gather the tracks of all subsets in one table, and refuse a song that is in two of them."""

from pathlib import Path

import pandas as pd

from singmap.data.subsets import require_disjoint
from singmap.files.tables import DecodedTracks, Tracks, read_table, write_table
from singmap.runtime.job import run


def main(*, indices: list[Path], table: Path) -> None:
    """Write the rows of `indices`, the lists of decoded tracks of train, valid and test, to `table`."""
    tracks = pd.concat([read_table(path, DecodedTracks) for path in indices], ignore_index=True)
    require_disjoint(tracks)
    write_table(table, tracks, Tracks)


if __name__ == "__main__":
    run(main)
