"""Put the measures of all models and seeds into one table, and their fidelity into another."""

from pathlib import Path

import pandas as pd

from singmap.files.storage import read_csv, write_csv
from singmap.mapping.measures import FIDELITY_MEASURES, TABLE_COLUMNS
from singmap.runtime.job import run


def main(*, measured: list[Path], structure: Path, fidelity: Path) -> None:
    """Write R/tables/structure.csv (everything) and R/tables/fidelity.csv (medians over segments)."""
    table = pd.concat([read_csv(path, TABLE_COLUMNS) for path in measured], ignore_index=True)
    write_csv(structure, table)
    errors = table[table["measure"].isin(FIDELITY_MEASURES)]
    keys = ["model", "method", "frames", "measure"]
    by_segment = errors.groupby([*keys, "seed", "segment"], sort=False, as_index=False)["value"].median()
    summary = by_segment.groupby(keys, sort=False)["value"].agg(["median", "min", "max", "count"])
    write_csv(fidelity, summary.reset_index())


if __name__ == "__main__":
    run(main)
