"""Choose the stretches of test tracks that the report plays: those where the target is loudest."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.audio_format import SAMPLE_RATE_HZ
from singmap.files.audio_pieces import WavAudio
from singmap.files.loudest_stretch import loudest_stretch
from singmap.files.tables import DecodedTracks, Stretches, columns, read_table, rows_of, write_table
from singmap.runtime.errors import InputError
from singmap.runtime.job import run


def main(*, index: Path, tracks: Path, stretches: Path, settings: dict[str, Any]) -> None:
    """Write the table Stretches of the tracks with the loudest stretch of the target, the loudest first.

    Tracks where it is silent are left out; raises InputError where it is silent in all.
    """
    target, n_samples = settings["target"], round(settings["excerpt_s"] * SAMPLE_RATE_HZ)
    found = []
    for track in rows_of(read_table(index, DecodedTracks)):
        audio = WavAudio(Path(tracks, track.track_id, f"{target}.wav"), track.n_samples)
        start, energy = loudest_stretch(audio, n_samples)
        if energy:
            length = min(n_samples, track.n_samples - start)
            found.append((energy, (track.track_id, track.track, start, length)))
    if not found:
        raise InputError(str(index), f"a test track with audible {target}", "none", "change dataset.test")
    chosen = sorted(found, key=lambda entry: -entry[0])[: settings["excerpt_tracks"]]
    rows = [row for _, row in chosen]
    write_table(stretches, pd.DataFrame(rows, columns=columns(Stretches)), Stretches)


if __name__ == "__main__":
    run(main)
