"""One table of all trained models: how long they trained and how well they predict the validation tracks."""

from pathlib import Path

import pandas as pd

from singmap.files.storage import write_csv
from singmap.models.checkpoints import read_provenance
from singmap.runtime.job import run

COLUMNS = [
    "model",
    "seed",
    "epochs",
    "best_epoch",
    "valid_loss",
    "relative_error",
    "precision",
    "device",
]


def main(*, provenance: list[Path], table: Path) -> None:
    """Collect the provenance files into `table`, a row each, sorted by model and seed."""
    rows = [{key: record[key] for key in COLUMNS} for record in map(read_provenance, provenance)]
    write_csv(table, pd.DataFrame(rows, columns=COLUMNS).sort_values(["model", "seed"]))


if __name__ == "__main__":
    run(main)
