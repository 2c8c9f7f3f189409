"""Examine networks whose mapping is known with every method."""

from pathlib import Path
from typing import Any

from singmap.files.tables import Planted, write_table
from singmap.mapping.planted import planted_sizes, study_planted
from singmap.mapping.settings import settings_of
from singmap.runtime.job import run


def main(*, planted: Path, settings: dict[str, Any]) -> None:
    """Write the table of how well each method recovers planted mappings, examined on the CPU."""
    on_cpu = {"precision": "float32"} if settings.get("precision") == "tf32" else {}  # TF32 is a GPU's format
    sizes = planted_sizes(settings["planted_bins"], settings["n_bins"], settings["segment_frames"])
    table = study_planted(settings["methods"], sizes, settings_of(settings | on_cpu))
    write_table(planted, table, Planted)


if __name__ == "__main__":
    run(main)
