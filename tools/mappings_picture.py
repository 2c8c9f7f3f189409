"""Draw the mapping matrices that docs/leads.md shows: python tools/mappings_picture.py results/demo."""

import sys
from pathlib import Path

import pandas as pd

from singmap.report.figures.mapping import draw_mappings

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "mappings.png"
MODELS = ["dae", "sf"]
METHODS = ["nca_equal_fidelity", "jacobian", "least_squares", "diagonal"]
RANGE_DB = 50
DOTS_PER_INCH = 90


def main(results: str) -> None:
    """Draw a choice of models and methods from <results>/figures into docs/images."""
    figures = ("mappings_zoom", "mappings_other")
    table = pd.concat(pd.read_csv(Path(results) / "figures" / f"{name}.csv") for name in figures)
    chosen = table[table["model"].isin(MODELS) & table["method"].isin(METHODS)]
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    draw_mappings(chosen, RANGE_DB, "linear", "gain").savefig(PICTURE, dpi=DOTS_PER_INCH)


if __name__ == "__main__":
    main(sys.argv[1])
