"""Make the estimates of one floor or ceiling for every test track."""

from functools import partial
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
        read = partial(read_wav, n_samples=row.n_samples)
        mixture, target, rest = (tracks / row.track_id / f"{name}.wav" for name in (MIXTURE, *names))
        found = baseline_estimates(baseline, read(mixture), read(target), read(rest), stft)
        write_targets(
            separated / row.track_id, dict(zip(names, found, strict=True)), settings["audio_subtype"]
        )


if __name__ == "__main__":
    run(main)
