"""Gather all measures of tracks, on which the hypotheses are decided, in one table."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.tables import (
    Controls,
    Segments,
    Skipped,
    Structure,
    TrackMeasures,
    read_table,
    write_table,
)
from singmap.runtime.job import run
from singmap.study.functions import skipped as skipped_of
from singmap.study.nca_shares import nca_shares


def main(
    *, measured: list[Path], structure: Path, controls: Path, segments: Path, measures: Path, skipped: Path,
    settings: dict[str, Any],
) -> None:  # fmt: skip
    """Write R/tables/measures.csv, and R/tables/skipped.csv with what was not measured.

    measured : tables of the columns of TrackMeasures, each about models of its own or by measures of its own
    settings : ``lobe_bins``, the half-width of the main lobe; ``functions``, models without known layers;
        ``layer_methods``, the mapping methods that need them
    """
    tables = [read_table(path, TrackMeasures) for path in measured]
    matrices = read_table(structure, Structure), read_table(controls, Controls)
    tables.append(nca_shares(*matrices, read_table(segments, Segments), settings["lobe_bins"]))
    write_table(skipped, skipped_of(settings["functions"], settings["layer_methods"]), Skipped)
    write_table(measures, pd.concat(tables, ignore_index=True), TrackMeasures)


if __name__ == "__main__":
    run(main)
