"""Draw the mapping matrices of one seed: methods that can be trusted, and all others."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from singmap.files.tables import (
    MappingFigure,
    ModelStructure,
    Planted,
    Segments,
    columns,
    read_table,
    rows_of,
)
from singmap.mapping.matrix import input_weighted
from singmap.mapping.segments import fitted_frames
from singmap.mapping.store import open_mappings
from singmap.report.few import remark
from singmap.report.figures.mapping import draw_mappings, mapping_table
from singmap.report.labels import ordered
from singmap.report.style import files_of_figures, save_figure
from singmap.report.trusted import trusted_methods
from singmap.runtime.job import run
from singmap.spectra.cache import Magnitudes
from singmap.spectra.settings import StftSettings


def main(
    *, mappings: list[Path], segments: Path, mixture: Path, planted: Path, measured: list[Path],
    outputs: dict[str, Path], settings: dict[str, Any],
) -> None:  # fmt: skip
    """Draw the matrices in `mappings`: whole range, enlarged, and enlarged with input weights.

    Each file (n_segments, n_bins, n_bins) is read by itself: all of a study at once would take gigabytes.
    """
    figures = files_of_figures(outputs)
    spectra = Magnitudes(mixture)
    rows = rows_of(read_table(segments, Segments))
    inputs = [fitted_frames(row, spectra).mean(axis=0) for row in rows]
    frequencies_hz = StftSettings(**settings["stft"]).frequencies_hz()
    nyquist_hz, zoom_hz = frequencies_hz[-1], settings["zoom_hz"]
    measures = pd.concat([read_table(path, ModelStructure) for path in measured])
    trusted = trusted_methods(read_table(planted, Planted), measures)
    models = ordered(pd.Series([_model_and_method(path)[0] for path in mappings]))
    drawn = models[: settings["models_max"]]
    views = {
        "mappings_full": (nyquist_hz, "log", "gain", True),
        "mappings_zoom": (zoom_hz, "linear", "gain", True),
        "mappings_weighted": (zoom_hz, "linear", "gain × mean input", True),
        "mappings_other": (zoom_hz, "linear", "gain", False),
    }
    for name, (max_hz, spacing, quantity, of_trusted) in views.items():
        parts = [pd.DataFrame(columns=columns(MappingFigure))]
        for path in mappings:
            if (path.stem in trusted) == of_trusted and _model_and_method(path)[0] in drawn:
                stack = open_mappings(path, len(rows), spectra.shape[1])
                weights = inputs if name == "mappings_weighted" else [np.ones(1)] * len(rows)
                shown = {_model_and_method(path): map(input_weighted, stack, weights)}
                parts.append(mapping_table(shown, frequencies_hz, max_hz, settings["cells_max"], spacing))
        table = pd.concat(parts[1:] or parts, ignore_index=True)
        figure = draw_mappings(table, settings["range_db"], spacing, quantity)
        if len(drawn) < len(models):
            remark(figure, f"the first {len(drawn)} of {len(models)} models; the page's explorer shows all")
        save_figure(figure, table, MappingFigure, figures[name], settings["dots_per_inch"])


def _model_and_method(path: Path) -> tuple[str, str]:
    """Model and method of .../<model>/seed<seed>/<method>.npy."""
    return path.parts[-3], path.stem


if __name__ == "__main__":
    run(main)
