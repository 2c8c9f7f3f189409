"""Separate every test track with one trained model."""

from pathlib import Path

import torch

from singmap.compute.device import choose_device
from singmap.files.storage import read_csv
from singmap.files.wav import read_wav, write_targets
from singmap.models.checkpoints import load_model
from singmap.runtime.progress import Progress
from singmap.separation.mixture import accompaniment_of
from singmap.separation.separate import model_magnitudes, separate
from singmap.spectra.stft import StftSettings


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
    from singmap.runtime.logs import captured

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
