"""Put the controls beside what the same methods say of the trained models on the same segment."""

from pathlib import Path

import pandas as pd

from singmap.files.storage import read_csv, write_csv
from singmap.mapping.measures import TABLE_COLUMNS
from singmap.runtime.job import run


def main(*, examined: list[Path], measured: list[Path], controls: Path) -> None:
    """Write R/tables/controls.csv: the columns of structure.csv with one more, control.

    Trained models stand there as ``trained``, by the methods that the controls were examined with. Where the
    NCA is one of them, its all-ones couplings stand beside it as ``all_ones``.
    """
    found = pd.concat([read_csv(path, ["control", *TABLE_COLUMNS]) for path in examined])
    trained = pd.concat([read_csv(path, TABLE_COLUMNS) for path in measured])
    trained = trained[trained["segment"].isin(found["segment"].unique())]
    examined_by = set(found["method"])
    compared = trained[trained["method"].isin(examined_by)].assign(control="trained")
    beside_nca = ["nca_ones"] if "nca" in examined_by else []
    all_ones = trained[trained["method"].isin(beside_nca)].assign(control="all_ones")
    table = pd.concat([compared, all_ones, found], ignore_index=True)
    write_csv(controls, table[["control", *TABLE_COLUMNS]])


if __name__ == "__main__":
    run(main)
