"""The finished files of one model, seed and method: matrices of all segments, and their curves."""

import itertools
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from singmap.files.storage import atomic_path, load_array
from singmap.files.tables import Curve, columns, write_table
from singmap.mapping.result import MappingResult
from singmap.runtime.errors import REBUILD, InputError


def write_mappings(mapping: Path, curve: Path, results: Iterable[MappingResult], n_segments: int) -> None:
    """Write the results of all segments, of which one at a time is asked for.

    mapping : becomes (n_segments, n_out, n_in) float32 .npy; curve : becomes the table Curve
    """
    results = iter(results)
    first = next(results)
    curves = []
    with atomic_path(mapping) as part:
        whole = np.lib.format.open_memmap(part, "w+", np.float32, (n_segments, *first.matrix.shape))
        for segment, result in enumerate(itertools.chain([first], results)):
            whole[segment] = result.matrix
            curves.append(result.curve.assign(segment=segment))
        whole.flush()
    write_table(curve, pd.concat(curves, ignore_index=True)[columns(Curve)], Curve)


def open_mappings(path: str | Path, n_segments: int, n_bins: int) -> np.ndarray:
    """Open the matrices of all segments, memory-mapped; raises InputError where the shape is another."""
    stack = load_array(path)
    if stack.shape != (n_segments, n_bins, n_bins):
        raise InputError(str(path), f"shape {(n_segments, n_bins, n_bins)}", f"{stack.shape}", REBUILD)
    return stack
