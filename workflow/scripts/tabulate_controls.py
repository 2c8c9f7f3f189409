"""Put the controls beside what the same methods say of the trained models on the same segment."""

from pathlib import Path

import pandas as pd

from singmap.files.tables import Controls, ModelControls, ModelStructure, columns, read_table, write_table
from singmap.runtime.job import run


def main(*, examined: list[Path], measured: list[Path], controls: Path) -> None:
    """Write R/tables/controls.csv.

    Trained models stand there as ``trained``, by the methods that the controls were examined with. Where the
    NCA is one of them, its all-ones couplings stand beside it as ``all_ones``.
    """
    found = pd.concat([read_table(path, ModelControls) for path in examined])
    trained = pd.concat([read_table(path, ModelStructure) for path in measured])
    trained = trained[trained["segment"].isin(found["segment"].unique())]
    examined_by = set(found["method"])
    compared = trained[trained["method"].isin(examined_by)].assign(control="trained")
    beside_nca = ["nca_ones"] if "nca" in examined_by else []
    all_ones = trained[trained["method"].isin(beside_nca)].assign(control="all_ones")
    table = pd.concat([compared, all_ones, found], ignore_index=True)
    write_table(controls, table[columns(Controls)], Controls)


if __name__ == "__main__":
    run(main)
