"""Make the estimates of one floor or ceiling for every test track."""

from pathlib import Path
from typing import Any

from singmap.files.audio_format import MIXTURE, scored_sources
from singmap.files.tables import DecodedTracks, read_table, rows_of
from singmap.files.wav import read_wav, write_targets
from singmap.runtime.job import run
from singmap.runtime.progress import Progress
from singmap.separation.baseline import baseline_estimates
from singmap.spectra.settings import StftSettings


def main(*, index: Path, tracks: Path, separated: Path, baseline: str, settings: dict[str, Any]) -> None:
    """Write <separated>/<track_id>/{<target>,accompaniment}.wav for every track of the index."""
    stft = StftSettings(**settings["stft"])
    names = scored_sources(settings["target"])
    rows = rows_of(read_table(index, DecodedTracks))
    for row in Progress(f"separate {baseline}", len(rows), "tracks").over(rows):
        mixture, target, rest = (
            read_wav(tracks / row.track_id / f"{name}.wav", row.n_samples) for name in (MIXTURE, *names)
        )
        estimates = dict(zip(names, baseline_estimates(baseline, mixture, target, rest, stft), strict=True))
        write_targets(separated / row.track_id, estimates, settings["audio_subtype"])


if __name__ == "__main__":
    run(main)
