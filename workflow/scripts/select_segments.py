"""Choose the frames of the test tracks that the mappings are examined on, and gather their spectra."""

from pathlib import Path
from typing import Any

from singmap.files.storage import atomic_path
from singmap.files.tables import Segments, write_table
from singmap.mapping.segments import gathered, select_segments
from singmap.runtime.job import run
from singmap.spectra.decoded import DecodedSpectra
from singmap.spectra.magnitude_file import MagnitudeFile
from singmap.spectra.settings import StftSettings


def main(
    *, index: Path, tracks: Path, segments: Path, mixture: Path, settings: dict[str, Any],
    spectra: dict[str, Any],
) -> None:  # fmt: skip
    """Write the table of segments, the loudest stretches of the target in every test track, and their frames.

    mixture : of each segment, the frames of its track that are examined, (n_frames, n_bins)
    spectra : see DecodedSpectra
    """
    heard, stft = DecodedSpectra(index, tracks, spectra), StftSettings(**spectra["stft"])
    sizes = (settings[key] for key in ("segment_frames", "segments_per_track", "tracks_max"))
    hop_s = stft.hop_samples / stft.sample_rate_hz
    table, frames = gathered(select_segments(heard.tracks, heard.target, *sizes), hop_s)
    with atomic_path(mixture) as part:
        shape = int(table["track_n_frames"].sum()), heard.n_bins
        file = MagnitudeFile(part, shape, spectra["dtype"])
        for first, numbers in zip(table["track_first_frame"], frames, strict=True):
            file.write(first, heard.mixture[numbers])
        file.close()
    write_table(segments, table, Segments)


if __name__ == "__main__":
    run(main)
