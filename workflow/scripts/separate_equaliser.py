"""Separate every test track with the learned equaliser, as if it were a model."""

from pathlib import Path
from typing import Any

from singmap.files.audio_format import MIXTURE, scored_sources
from singmap.files.tables import DecodedTracks, Equaliser, read_table, rows_of
from singmap.files.wav import read_wav, write_targets
from singmap.runtime.job import run
from singmap.runtime.progress import Progress
from singmap.separation.separate import target_and_rest
from singmap.separation.static_filter import static_filter
from singmap.spectra.settings import StftSettings


def main(*, index: Path, tracks: Path, gains: Path, separated: Path, settings: dict[str, Any]) -> None:
    """Write <separated>/<track_id>/{<target>,accompaniment}.wav for every track of the index."""
    stft = StftSettings(**settings["stft"])
    estimate = static_filter(read_table(gains, Equaliser)["gain"].to_numpy())
    names = scored_sources(settings["target"])
    rows = rows_of(read_table(index, DecodedTracks))
    for row in Progress("separate equaliser", len(rows), "tracks").over(rows):
        mixture = tracks / row.track_id / f"{MIXTURE}.wav"
        found = target_and_rest(read_wav(mixture, row.n_samples), estimate, stft, settings["estimator"])
        write_targets(
            separated / row.track_id, dict(zip(names, found, strict=True)), settings["audio_subtype"]
        )


if __name__ == "__main__":
    run(main)
