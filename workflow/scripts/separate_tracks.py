"""Separate every test track with one trained model."""

from pathlib import Path
from typing import Any

from singmap.compute.device import choose_device
from singmap.files.audio_format import MIXTURE, scored_sources
from singmap.files.tables import DecodedTracks, read_table, rows_of
from singmap.files.wav import read_wav, write_targets
from singmap.models.checkpoints import load_model
from singmap.runtime.job import run
from singmap.runtime.progress import Progress
from singmap.separation.mixture import accompaniment_of
from singmap.separation.separate import model_magnitudes, separate
from singmap.spectra.settings import StftSettings


def main(
    *, index: Path, tracks: Path, weights: Path, provenance: Path, separated: Path, settings: dict[str, Any],
    gpu_slots: int,
) -> None:  # fmt: skip
    """Write <separated>/<track_id>/{<target>,accompaniment}.wav for every track of the index."""
    stft = StftSettings(**settings["stft"])
    estimate = model_magnitudes(load_model(weights, provenance), choose_device(settings["device"], gpu_slots))
    names = scored_sources(settings["target"])
    rows = rows_of(read_table(index, DecodedTracks))
    for row in Progress(f"separate {separated.name}", len(rows), "tracks").over(rows):
        mixture = read_wav(tracks / row.track_id / f"{MIXTURE}.wav", row.n_samples)
        target = separate(mixture, estimate, stft, settings["estimator"])
        estimates = dict(zip(names, (target, accompaniment_of(mixture, target)), strict=True))
        write_targets(separated / row.track_id, estimates, settings["audio_subtype"])


if __name__ == "__main__":
    run(main)
