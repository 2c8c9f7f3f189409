"""Measure what the seeds of one model agree on in their exact local matrices, and controls beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from singmap.files.tables import PairedMeasures, columns, rows_of, write_table
from singmap.mapping.bin_order import bin_order
from singmap.mapping.subject import ExaminedModel, examine
from singmap.models.building import new_model
from singmap.models.checkpoints import load_model
from singmap.models.network import FrameModel
from singmap.models.truths import load_truths
from singmap.runtime.job import run
from singmap.runtime.progress import Progress
from singmap.spectra.decoded import DecodedSpectra
from singmap.study.jacobian_agreement import AgreementSettings, agreement_of_seeds
from singmap.study.sampling import evenly_spread, sampled_tracks

SHUFFLE_SEED = 0  # one order of bins for all seeds: they must see the same frames


def main(
    *, weights: list[Path], provenance: list[Path], truth_weights: list[Path], truth_provenance: list[Path],
    index: Path, tracks: Path, measures: Path, model: str, seeds: list[int], settings: dict[str, Any],
    spectra: dict[str, Any],
) -> None:  # fmt: skip
    """Write the measures of all seeds on every test track; of one seed alone, those that need no second one.

    weights, provenance : of the model's seeds, in the order of `seeds`
    truth_weights, truth_provenance : of networks of the design that were trained on known functions
    settings : `half_width` of the band, `tracks_max`, and the fields of AgreementSettings
    spectra : see DecodedSpectra
    """
    networks = dict(zip(seeds, map(load_model, weights, provenance), strict=True))
    truths: dict[str, dict[int, ExaminedModel]] = {}
    for (name, seed), truth in load_truths(truth_weights, truth_provenance).items():
        truths.setdefault(name, {})[seed] = examine(truth)
    sampled = AgreementSettings(settings["frames"], settings["output_bins"])
    heard = DecodedSpectra(index, tracks, spectra)
    compared = rows_of(sampled_tracks(heard.tracks, settings["tracks_max"]))
    rows, progress = [], Progress(f"compare seeds of {model}", len(compared), "tracks")
    for track in progress.over(compared):
        numbers = track.first_frame + evenly_spread(track.n_frames, sampled.frames)
        frames = np.asarray(heard.mixture[numbers], dtype=np.float32)
        of_truths = [(name, "best", models, frames) for name, models in truths.items()]
        for subject, kind, models, shown in [*subjects_of(networks, frames), *of_truths]:
            found = agreement_of_seeds(models, shown, settings["half_width"], sampled, track.Index)
            for seed, values in found.items():
                keys = (model, seed, track.track_id, track.track, subject, kind)
                rows += [(*keys, measure, value) for measure, value in values.items()]
    write_table(measures, pd.DataFrame(rows, columns=columns(PairedMeasures)), PairedMeasures)


def subjects_of(
    networks: dict[int, FrameModel], frames: np.ndarray
) -> Iterator[tuple[str, str, dict[int, ExaminedModel], np.ndarray]]:
    """Subject and weights as in the table, the models of all seeds, and the frames that they see."""
    trained = {seed: examine(network) for seed, network in networks.items()}
    first = {seed: examine(new_model(n.design, n.n_bins, seed)) for seed, n in networks.items()}
    yield "trained", "best", trained, frames
    yield "untrained", "epoch0", first, frames
    yield "shuffled", "best", trained, frames[:, bin_order(frames.shape[1], SHUFFLE_SEED)]


if __name__ == "__main__":
    run(main)
