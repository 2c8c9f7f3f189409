"""Cut the excerpts that the report plays: mixture, true sources and estimates of a few test tracks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.audio_format import MIXTURE, SAMPLE_RATE_HZ, scored_sources
from singmap.files.tables import DecodedTracks, Excerpts, columns, read_table, rows_of, write_table
from singmap.files.wav import read_wav, write_wav
from singmap.report.excerpts import loudest_stretch
from singmap.runtime.errors import InputError
from singmap.runtime.job import run


def main(
    *, index: Path, tracks: Path, separated: list[Path], excerpts: Path, audio: Path, settings: dict[str, Any]
) -> None:
    """Write WAV files to the folder `audio` and their list to `excerpts`.

    `index` and `tracks` are the decoded test tracks, `separated` folders of systems. The tracks with the
    loudest stretch of the target are taken, and of each that stretch; tracks where it is silent are left out.
    Raises InputError where it is silent in all.
    """
    target = settings["target"]
    n_samples = round(settings["excerpt_s"] * SAMPLE_RATE_HZ)
    rows = []
    audible = _loudest(index, tracks, target, n_samples)
    if not audible:
        raise InputError(str(index), f"a test track with audible {target}", "none", "change dataset.test")
    for start, track in audible[: settings["excerpt_tracks"]]:
        for system, source, path in _signals(tracks / track.track_id, separated, target):
            file = f"{track.track_id}/{system}_{source}.wav"
            write_wav(audio / file, read_wav(path, track.n_samples)[:, start : start + n_samples])
            rows.append((track.track_id, track.track, system, source, start / SAMPLE_RATE_HZ, file))
    write_table(excerpts, pd.DataFrame(rows, columns=columns(Excerpts)), Excerpts)


def _loudest(index: Path, tracks: Path, target: str, n_samples: int) -> list[tuple[int, Any]]:
    """Start of the target's loudest stretch and row of every track with audible target, the loudest first."""
    found = []
    for track in rows_of(read_table(index, DecodedTracks)):
        audio = read_wav(Path(tracks, track.track_id, f"{target}.wav"), track.n_samples)
        start, energy = loudest_stretch(audio, n_samples, SAMPLE_RATE_HZ // 10)
        if energy:
            found.append((energy, start, track))
    return [(start, track) for _, start, track in sorted(found, key=lambda entry: -entry[0])]


def _signals(truth: Path, separated: list[Path], target: str) -> Iterator[tuple[str, str, Path]]:
    """System, source and file of all that is to be heard of the track in the folder `truth`."""
    yield MIXTURE, MIXTURE, truth / f"{MIXTURE}.wav"
    for source in scored_sources(target):
        yield "truth", source, truth / f"{source}.wav"
        for folder in separated:
            yield folder.name, source, folder / truth.name / f"{source}.wav"


if __name__ == "__main__":
    run(main)
