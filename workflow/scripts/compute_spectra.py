"""Compute the magnitude spectra of one subset's decoded tracks into a cache on disk."""

from pathlib import Path
from typing import Any

from singmap.files.audio_format import MIXTURE
from singmap.files.tables import DecodedTracks, read_table
from singmap.runtime.job import run
from singmap.spectra.settings import StftSettings
from singmap.spectra.write_cache import write_cache


def main(*, decoded: Path, tracks: Path, index: Path, settings: dict[str, Any], threads: int) -> None:
    """Write the spectra of the tracks in the table `decoded`, WAV files below `tracks`, beside `index`.

    `settings` are the target, the parameters of the transform and the dtype on disk.
    """
    chosen = read_table(decoded, DecodedTracks)
    stems = {"mixture": MIXTURE, "target": settings["target"]}
    audio_files = {
        name: [tracks / track_id / f"{stem}.wav" for track_id in chosen.track_id]
        for name, stem in stems.items()
    }
    stft = StftSettings(**settings["stft"])
    write_cache(index.parent, chosen, audio_files, stft, settings["dtype"], threads)


if __name__ == "__main__":
    run(main)
