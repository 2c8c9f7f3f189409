"""Separate every test track with the learned equaliser, as if it were a model."""

from pathlib import Path
from typing import Any

from singmap.files.audio_format import MIXTURE, scored_sources
from singmap.files.tables import DecodedTracks, Equaliser, read_table, rows_of
from singmap.files.wav import read_wav, write_targets
from singmap.runtime.job import run
from singmap.runtime.progress import Progress
from singmap.separation.mixture import accompaniment_of
from singmap.separation.separate import separate
from singmap.separation.static_filter import static_filter
from singmap.spectra.settings import StftSettings


def main(*, index: Path, tracks: Path, gains: Path, separated: Path, settings: dict[str, Any]) -> None:
    """Write <separated>/<track_id>/{<target>,accompaniment}.wav for every track of the index."""
    stft = StftSettings(**settings["stft"])
    estimate = static_filter(read_table(gains, Equaliser)["gain"].to_numpy())
    names = scored_sources(settings["target"])
    rows = rows_of(read_table(index, DecodedTracks))
    for row in Progress("separate equaliser", len(rows), "tracks").over(rows):
        mixture = read_wav(tracks / row.track_id / f"{MIXTURE}.wav", row.n_samples)
        target = separate(mixture, estimate, stft, settings["estimator"])
        estimates = dict(zip(names, (target, accompaniment_of(mixture, target)), strict=True))
        write_targets(separated / row.track_id, estimates, settings["audio_subtype"])


if __name__ == "__main__":
    run(main)
