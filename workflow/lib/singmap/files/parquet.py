"""Parquet files, whole or absent, by DuckDB: compact, exact, and read column by column.

DuckDB is imported where a file is read or written: only jobs that do so pay for its start.
"""

import errno
import glob
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.storage import atomic_path
from singmap.runtime.errors import REBUILD, InputError

IN_FILE = {str: "VARCHAR", float: "DOUBLE", int: "BIGINT", bool: "BOOLEAN"}  # DuckDB's names
IN_MEMORY = {str: "str", float: "float64", int: "Int64", bool: "boolean"}  # pandas'
ROW_GROUP_ROWS = 122_880  # DuckDB's default, fixed because the bytes of a file depend on it
# One thread, as every job has; nothing from the network; no file but the one that is asked for.
SETTINGS: dict[str, Any] = {
    "threads": 1,
    "async_threads": 0,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "temp_directory": "",
}


def write_parquet(path: str | Path, frame: pd.DataFrame, kinds: Mapping[str, type]) -> None:
    """Write the columns `kinds` (str, float, int or bool) of a table, atomically; the same bytes every time.

    NaN and empty text are missing, as in CSV.
    """
    import duckdb

    typed = frame.astype({name: IN_MEMORY[kind] for name, kind in kinds.items()})
    cells = [f'nullif("{name}", \'\') AS "{name}"' if kinds[name] is str else f'"{name}"' for name in kinds]
    options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS}"
    with atomic_path(path) as part, duckdb.connect(config=SETTINGS) as database:
        database.register("typed", typed)
        copy = f"COPY (SELECT {', '.join(cells)} FROM typed) TO $part ({options})"  # noqa: S608, own names
        try:
            database.execute(copy, {"part": str(part.absolute())})
        except duckdb.IOException as error:
            is_full = os.strerror(errno.ENOSPC) in str(error)
            raise OSError(errno.ENOSPC if is_full else errno.EIO, str(error)) from error


def read_parquet(
    path: str | Path, kinds: Mapping[str, type], rows: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Read the columns `kinds` and no others; text as categories, an object per word instead of per cell.

    rows : text that they must hold, by column; others stay on the disk as far as the file allows
    Raises InputError for a damaged file, and for a column that is absent or of another kind.
    """
    import duckdb

    Path(path).open("rb").close()  # what is absent, or closed to this user, is told as of any file
    text = [name for name, kind in kinds.items() if kind is str]
    cells = [f'"{name}"::"{name}" AS "{name}"' if name in text else f'"{name}"' for name in kinds]
    with duckdb.connect(config=SETTINGS) as database:
        try:
            table = database.read_parquet(glob.escape(str(Path(path).absolute())))
            _require_kinds(path, dict(zip(table.columns, map(str, table.types), strict=True)), kinds)
            for name, value in (rows or {}).items():
                table = table.filter(duckdb.ColumnExpression(name) == duckdb.ConstantExpression(value))
            table.create_view("chosen")
            for name in text:
                words = f'SELECT DISTINCT "{name}" FROM chosen WHERE "{name}" IS NOT NULL'  # noqa: S608
                database.execute(f'CREATE TYPE "{name}" AS ENUM ({words})')
            return database.execute(f"SELECT {', '.join(cells)} FROM chosen").df()  # noqa: S608
        except duckdb.Error as error:
            raise InputError(str(path), "a Parquet table", str(error), REBUILD) from error


def _require_kinds(path: str | Path, found: Mapping[str, str], kinds: Mapping[str, type]) -> None:
    """Raise InputError unless the file has the columns, each of its kind."""
    for name, kind in kinds.items():
        if found.get(name) != IN_FILE[kind]:
            expected = f"columns {list(kinds)}, {name} as {IN_FILE[kind]}"
            raise InputError(str(path), expected, found.get(name, f"no {name}"), REBUILD)
