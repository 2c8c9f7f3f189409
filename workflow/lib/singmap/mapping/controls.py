"""Controls of the mapping methods on real data: what they show where the answer is known.

| control | what is examined |
|---|---|
| scalar | the trained model's best diagonal, as a network of two dense layers: a true scalar filter |
| untrained | the same model with the weights that its training started from |
| shuffled | the trained model on frames whose bins are permuted, the same way in every frame |
| equaliser, band, harmonic | networks of the design, trained on that known function (spectra.known_targets) |

All-ones couplings, the paper's own ablation, are the mapping method ``nca_ones``. What a method reports of
untrained weights or of shuffled bins as well as of the trained model comes from the method or the frames,
not from what was learnt; what it misses of the scalar filter's diagonal it misses of any.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from singmap.mapping.bin_order import bin_order
from singmap.mapping.diagonal import best_diagonal
from singmap.mapping.measures import measure_segment
from singmap.mapping.method import map_segments
from singmap.mapping.planted import planted_network
from singmap.mapping.settings import MappingSettings
from singmap.mapping.subject import ExaminedModel, examined_pairs
from singmap.runtime.errors import InputError
from singmap.runtime.logs import tell_user


def shuffled_bins(frames: np.ndarray, seed: int) -> np.ndarray:
    """`frames` (n_frames, n_bins) with one random permutation of the bins, drawn from `seed`."""
    return frames[:, bin_order(frames.shape[1], seed)]


def scalar_model(model: ExaminedModel, fitted: np.ndarray, unseen: np.ndarray, seed: int) -> ExaminedModel:
    """A network that multiplies every bin with the gain of the model's best diagonal on the fitted frames.

    fitted, unseen : (n_frames, n_bins); on both the network is exact. Its layers are mixed at random, so
    that no weight shows the diagonal (planted.planted_network).
    """
    gains = best_diagonal(fitted, model.output(fitted))
    frames = np.concatenate([fitted, unseen]).astype(np.float64)
    return planted_network(np.diag(gains), "hidden", frames, np.random.default_rng(seed))


def examine_controls(
    cases: dict[str, tuple[ExaminedModel, np.ndarray, np.ndarray]],
    methods: Iterable[str],
    settings: MappingSettings,
    start: int,
    band_bins: Iterable[int],
) -> pd.DataFrame:
    """Measure every control with every method: tidy rows control, method, frames, measure, weighting, value.

    `cases` maps a control's name to model, fitted frames and unseen frames of the track. A control that
    silences its model cannot be examined; it is left out, aloud.
    """
    tables = []
    for control, (model, fitted, unseen) in cases.items():
        try:
            pairs = examined_pairs(model, fitted, unseen)
        except InputError as error:
            tell_user(f"[controls] {control} is left out: {error}")
            continue
        for method in methods:
            matrix = map_segments(method, model, fitted[None], settings, [start])[0].matrix
            table = measure_segment(matrix, pairs, band_bins)
            table.insert(0, "method", method)
            table.insert(0, "control", control)
            tables.append(table)
    return pd.concat(tables, ignore_index=True)
