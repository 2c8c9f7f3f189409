"""Put the measures of all models and seeds into one table, and their fidelity into another."""

from pathlib import Path

import pandas as pd

from singmap.files.tables import Fidelity, ModelStructure, Structure, read_table, write_table
from singmap.mapping.measures import FIDELITY_MEASURES
from singmap.runtime.job import run


def main(*, measured: list[Path], structure: Path, fidelity: Path) -> None:
    """Write R/tables/structure.csv (everything) and R/tables/fidelity.csv (medians over segments)."""
    table = pd.concat([read_table(path, ModelStructure) for path in measured], ignore_index=True)
    write_table(structure, table, Structure)
    errors = table[table["measure"].isin(FIDELITY_MEASURES)]
    keys = ["model", "method", "frames", "measure"]
    by_segment = errors.groupby([*keys, "seed", "segment"], sort=False, as_index=False)["value"].median()
    summary = by_segment.groupby(keys, sort=False)["value"].agg(["median", "min", "max", "count"])
    write_table(fidelity, summary.reset_index(), Fidelity)


if __name__ == "__main__":
    run(main)
