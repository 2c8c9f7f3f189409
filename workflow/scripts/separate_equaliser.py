"""Separate every test track with the learned equaliser, as if it were a model."""

from pathlib import Path
from typing import Any

from singmap.files.audio_format import MIXTURE, scored_sources
from singmap.files.tables import DecodedTracks, Equaliser, read_table
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
    track_ids = read_table(index, DecodedTracks)["track_id"].tolist()
    for track_id in Progress("separate equaliser", len(track_ids), "tracks").over(track_ids):
        mixture = read_wav(tracks / track_id / f"{MIXTURE}.wav")
        target = separate(mixture, estimate, stft, settings["estimator"])
        estimates = dict(zip(names, (target, accompaniment_of(mixture, target)), strict=True))
        write_targets(separated / track_id, estimates, settings["audio_subtype"])


if __name__ == "__main__":
    run(main)
