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
from singmap.separation.separate import model_magnitudes, target_and_rest
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
        mixture = tracks / row.track_id / f"{MIXTURE}.wav"
        found = target_and_rest(read_wav(mixture, row.n_samples), estimate, stft, settings["estimator"])
        write_targets(
            separated / row.track_id, dict(zip(names, found, strict=True)), settings["audio_subtype"]
        )


if __name__ == "__main__":
    run(main)
