"""Heat maps of the matrices, drawn from the files of a seed."""

import numpy as np
import pandas as pd

from singmap.files.tables import Segments, columns
from singmap.report.figures.mapping import FLOOR_DB
from tests.helpers.report_files import outputs_of
from workflow.scripts import plot_mappings


def test_mapping_figures_weight_each_segment_by_its_own_input(tmp_path):
    """Opposite gains, 1 and -1, on inputs of 1 and 3: they cancel raw, and leave -1 weighted."""
    n_bins = 9
    np.save(tmp_path / "mixture.npy", np.repeat(np.float32([1, 3]), 2)[:, None] * np.ones(n_bins, np.float32))
    rows = [(0, "song", "Song", 0, 2, 0, 4), (1, "song", "Song", 2, 2, 0, 4)]
    pd.DataFrame(rows, columns=columns(Segments)).to_csv(tmp_path / "segments.csv", index=False)
    mapping = tmp_path / "sf" / "seed0" / "jacobian.npy"
    mapping.parent.mkdir(parents=True)
    np.save(mapping, np.float32([1, -1])[:, None, None] * np.ones((n_bins, n_bins), np.float32))
    names = ("mappings_full", "mappings_zoom", "mappings_weighted")
    outputs = outputs_of(tmp_path, *names)
    stft = {"window": "hamming", "window_samples": 16, "fft_samples": 16, "hop_samples": 4}
    plot_mappings.main(
        mappings=[mapping],
        segments=tmp_path / "segments.csv",
        mixture=tmp_path / "mixture.npy",
        outputs=outputs,
        settings={"stft": stft, "zoom_hz": 22050, "range_db": 50, "cells_max": 9, "dots_per_inch": 30},
    )
    levels_db = {name: pd.read_csv(outputs[f"{name}_csv"]).iloc[:, 3:] for name in names}
    assert (levels_db["mappings_zoom"] == FLOOR_DB).all(axis=None)
    assert (levels_db["mappings_weighted"] == 0).all(axis=None)
