"""Make the estimates of one floor or ceiling for every test track."""

from pathlib import Path
from typing import Any

from singmap.files.audio_format import MIXTURE, scored_sources
from singmap.files.tables import DecodedTracks, read_table
from singmap.files.wav import read_wav, write_targets
from singmap.runtime.job import run
from singmap.runtime.progress import Progress
from singmap.separation.baseline import baseline_estimates
from singmap.spectra.settings import StftSettings


def main(*, index: Path, tracks: Path, separated: Path, baseline: str, settings: dict[str, Any]) -> None:
    """Write <separated>/<track_id>/{<target>,accompaniment}.wav for every track of the index."""
    stft = StftSettings(**settings["stft"])
    names = scored_sources(settings["target"])
    track_ids = read_table(index, DecodedTracks)["track_id"].tolist()
    for track_id in Progress(f"separate {baseline}", len(track_ids), "tracks").over(track_ids):
        mixture, target, rest = (read_wav(tracks / track_id / f"{name}.wav") for name in (MIXTURE, *names))
        estimates = dict(zip(names, baseline_estimates(baseline, mixture, target, rest, stft), strict=True))
        write_targets(separated / track_id, estimates, settings["audio_subtype"])


if __name__ == "__main__":
    run(main)
