"""Choose the frames of the test tracks that the mappings are examined on."""

from pathlib import Path
from typing import Any

from singmap.files.tables import Segments, write_table
from singmap.mapping.segments import select_segments
from singmap.runtime.job import run
from singmap.spectra.cache import Magnitudes, read_index, require_rows


def main(*, index: Path, target: Path, segments: Path, settings: dict[str, Any]) -> None:
    """Write the table of segments: the loudest stretches of the target in every test track."""
    tracks, magnitudes = read_index(index), Magnitudes(target)
    require_rows(magnitudes, tracks)
    sizes = (settings[key] for key in ("segment_frames", "segments_per_track", "tracks_max"))
    write_table(segments, select_segments(tracks, magnitudes, *sizes), Segments)


if __name__ == "__main__":
    run(main)
