"""Measure one trained model and its controls on all test tracks; see docs/study.md."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.tables import ModelMeasures, columns, write_table
from singmap.models.checkpoints import load_epochs, load_model
from singmap.models.truths import load_truths
from singmap.runtime.job import run
from singmap.runtime.progress import Progress
from singmap.spectra.decoded import DecodedSpectra
from singmap.study.hybrids import heard
from singmap.study.outside_effect import EffectSettings, outside_effect
from singmap.study.rest_gain import GainSettings, rest_gain
from singmap.study.sampling import sampled_tracks
from singmap.study.subjects import Subject, TrackFrames, frames_of_tracks, subjects_of


def main(
    *, weights: Path, provenance: Path, epochs: list[Path], truth_weights: list[Path],
    truth_provenance: list[Path], index: Path, tracks: Path, measures: Path, model: str, seed: int,
    settings: dict[str, Any], spectra: dict[str, Any],
) -> None:  # fmt: skip
    """Write all measures of the model, of its weights on the way, and of its controls.

    epochs : the file of the kept epochs' weights, or none
    truth_weights, truth_provenance : of networks of the same design and seed trained on known functions
    settings : the configuration's section ``measures``; ``lobe_bins``, the main lobe's half-width; and
        ``overlap_frames``, how far apart frames share samples
    spectra : see DecodedSpectra
    """
    kept = load_epochs(epochs[0], provenance) if epochs else {}
    truths = {name: truth for (name, _), truth in load_truths(truth_weights, truth_provenance).items()}
    subjects = subjects_of(load_model(weights, provenance), seed, kept, truths)
    heard_tracks = DecodedSpectra(index, tracks, spectra)
    rows = []
    sampled = sampled_tracks(heard_tracks.tracks, settings["tracks_max"])
    progress = Progress(f"measure {model} seed {seed}", len(sampled), "tracks")
    limits = settings["frames_max"], settings["partner_frames"]
    for frames in frames_of_tracks(heard_tracks, *limits, sampled):
        for subject in subjects:
            keys = (model, seed, frames.track.track_id, frames.track.track, subject.name, subject.weights)
            measured = measure_track(subject, frames, settings, seed)
            rows += [(*keys, name, value) for name, value in measured.items()]
        progress.update()
    write_table(measures, pd.DataFrame(rows, columns=columns(ModelMeasures)), ModelMeasures)


def measure_track(
    subject: Subject, frames: TrackFrames, settings: dict[str, Any], seed: int
) -> dict[str, float]:
    """All measures of one subject on one track by name; NaN where one is undefined."""
    mixture, others = subject.shown(frames.mixture), subject.shown(frames.others)
    effect = EffectSettings(
        output_bins=settings["output_bins"],
        pairs_per_bin=settings["pairs"],
        pool_frames=settings["partner_frames"],
    )
    gain = GainSettings(output_bins=settings["output_bins"], frames=settings["frames_max"])
    reach = settings["lobe_bins"], settings["overlap_frames"]
    output = heard(subject.model, mixture).output.numpy()
    measured = outside_effect(subject.model, mixture, others, settings["lobe_bins"], effect, seed)
    measured |= rest_gain(mixture, output, *reach, gain, seed)
    if subject.name == "trained" and subject.weights == "best":  # of the true source once, whatever the model
        of_truth = rest_gain(mixture, frames.target, *reach, gain, seed)
        measured |= {f"true_{name}": value for name, value in of_truth.items()}
    return measured


if __name__ == "__main__":
    run(main)
