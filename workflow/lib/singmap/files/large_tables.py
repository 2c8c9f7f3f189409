"""Tables that may have millions of rows, as Parquet; the data dictionary says what they hold.

A module of its own, because `tables` is in the closure of every script: an edit here, or another version of
DuckDB, reruns what uses these tables and no training.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from singmap.files.parquet import read_parquet, write_parquet
from singmap.files.table_values import require_values
from singmap.files.tables import Table, columns, units_of
from singmap.files.track_ids import require_track_ids
from singmap.runtime.errors import REBUILD


def write_large_table(path: str | Path, frame: pd.DataFrame, table: type[Table]) -> None:
    """Write `frame` as Parquet, atomically, the same bytes for the same rows.

    Raises ValueError unless it has the columns of `table`, in order, and InputError for values that their
    units don't allow.
    """
    if list(frame.columns) != columns(table):
        raise ValueError(
            f"{path}: the columns of {table.__name__} are {columns(table)}, found {list(frame.columns)}"
        )
    units = units_of(table)
    require_values(str(path), frame, units)
    write_parquet(path, frame, {name: unit.kind for name, unit in units.items()})


def read_large_table(
    path: str | Path,
    table: type[Table],
    only: Sequence[str] | None = None,
    rows: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Read a Parquet file that must hold the columns of `table`, and in them what their units allow.

    only : columns to be read, as different rows of them; no others are read, nor checked
    rows : text that rows must hold, by column, to be read and checked
    Raises InputError otherwise, as `read_table` does.
    """
    units = {name: unit for name, unit in units_of(table).items() if only is None or name in only}
    kinds = {name: unit.kind for name, unit in units.items()}
    found = read_parquet(path, kinds, rows)
    if only is not None:
        found = found.drop_duplicates()
    require_track_ids(path, found.get("track_id", pd.Series(dtype=str)).unique())
    require_values(str(path), found, units, REBUILD)
    return found.astype({name: "str" for name, kind in kinds.items() if kind is str})
