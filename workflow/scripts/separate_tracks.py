"""Separate every test track with one trained model."""

from pathlib import Path

import torch

from workflow.lib.checkpoints import load_model
from workflow.lib.device import choose_device
from workflow.lib.masks import accompaniment_of
from workflow.lib.progress import Progress
from workflow.lib.separation import model_magnitudes, separate
from workflow.lib.stft import StftSettings
from workflow.lib.storage import read_csv
from workflow.lib.wav import read_wav, write_targets


def main(*, index, tracks, weights, provenance, separated, settings, gpu_slots, threads):
    """Write <separated>/<track_id>/{<target>,accompaniment}.wav for every track of the index."""
    torch.set_num_threads(threads)
    stft = StftSettings(**settings["stft"])
    estimate = model_magnitudes(load_model(weights, provenance), choose_device(settings["device"], gpu_slots))
    track_ids = read_csv(index, ["track_id"])["track_id"].tolist()
    for track_id in Progress(f"separate {Path(separated).name}", len(track_ids), "tracks").over(track_ids):
        mixture = read_wav(Path(tracks, track_id, "mixture.wav"))
        target = separate(mixture, estimate, stft, settings["estimator"])
        estimates = {settings["target"]: target, "accompaniment": accompaniment_of(mixture, target)}
        write_targets(Path(separated, track_id), estimates, settings["audio_subtype"])


if "snakemake" in globals():
    from workflow.lib.logs import captured

    with captured(snakemake.log[0]):
        main(
            index=snakemake.input.index,
            tracks=snakemake.input.tracks,
            weights=snakemake.input.weights,
            provenance=snakemake.input.provenance,
            separated=snakemake.output.separated,
            settings=snakemake.params.settings,
            gpu_slots=snakemake.resources.gpu,
            threads=snakemake.threads,
        )
