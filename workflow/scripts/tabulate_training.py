"""One table of all trained models: how long they trained and how well they predict the validation tracks."""

from pathlib import Path

import pandas as pd

from singmap.files.tables import Training, columns, write_table
from singmap.models.provenance import read_provenance
from singmap.runtime.job import run


def main(*, provenance: list[Path], table: Path) -> None:
    """Collect the provenance files into `table`, a row each, sorted by model and seed."""
    names = columns(Training)
    rows = [{name: record[name] for name in names} for record in map(read_provenance, provenance)]
    write_table(table, pd.DataFrame(rows, columns=names).sort_values(["model", "seed"]), Training)


if __name__ == "__main__":
    run(main)
