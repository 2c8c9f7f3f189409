"""Draw heat maps of the mapping matrices of one seed, averaged over segments."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.tables import MappingFigure, Segments, read_table, rows_of
from singmap.mapping.matrix import mean_weighted
from singmap.mapping.segments import fitted_frames
from singmap.mapping.store import open_mappings, require_matrix
from singmap.report.figures.mapping import draw_mappings, mapping_table
from singmap.report.style import files_of_figures, save_figure
from singmap.runtime.job import run
from singmap.spectra.cache import Magnitudes
from singmap.spectra.settings import StftSettings


def main(
    *, mappings: list[Path], segments: Path, mixture: Path, outputs: dict[str, Path], settings: dict[str, Any]
) -> None:
    """Draw the matrices in `mappings`: whole range, enlarged, and enlarged with input weights.

    Each file (n_segments, n_bins, n_bins) is averaged by itself: all of a study at once would take gigabytes.
    """
    figures = files_of_figures(outputs)
    spectra = Magnitudes(mixture)
    rows = rows_of(read_table(segments, Segments))
    inputs = [fitted_frames(row, spectra).mean(axis=0) for row in rows]
    frequencies_hz = StftSettings(**settings["stft"]).frequencies_hz()
    nyquist_hz, zoom_hz = frequencies_hz[-1], settings["zoom_hz"]
    views = {
        "mappings_full": (nyquist_hz, "log", "gain"),
        "mappings_zoom": (zoom_hz, "linear", "gain"),
        "mappings_weighted": (zoom_hz, "linear", "gain × mean input"),
    }
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in views}
    for path in mappings:
        stack = open_mappings(path, len(rows), spectra.shape[1])
        mean, weighted = stack.mean(axis=0), mean_weighted(stack, inputs)
        require_matrix(path, mean)  # finite only where all are
        for (name, (max_hz, spacing, _)), matrix in zip(views.items(), (mean, mean, weighted), strict=True):
            shown = {_model_and_method(path): matrix}
            parts[name].append(mapping_table(shown, frequencies_hz, max_hz, settings["cells_max"], spacing))
    for name, (_, spacing, quantity) in views.items():
        table = pd.concat(parts[name], ignore_index=True)
        figure = draw_mappings(table, settings["range_db"], spacing, quantity)
        save_figure(figure, table, MappingFigure, figures[name], settings["dots_per_inch"])


def _model_and_method(path: Path) -> tuple[str, str]:
    """Model and method of .../<model>/seed<seed>/<method>.npy."""
    return path.parts[-3], path.stem


if __name__ == "__main__":
    run(main)
