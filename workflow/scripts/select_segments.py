"""Choose the frames of the test tracks that the mappings are examined on."""

from pathlib import Path
from typing import Any

from singmap.files.storage import load_array
from singmap.files.tables import Segments, SpectraIndex, read_table, write_table
from singmap.mapping.segments import select_segments
from singmap.runtime.job import run


def main(*, index: Path, target: Path, segments: Path, settings: dict[str, Any]) -> None:
    """Write the table of segments: the loudest stretches of the target in every test track."""
    tracks = read_table(index, SpectraIndex)
    sizes = (settings[key] for key in ("segment_frames", "segments_per_track", "tracks_max"))
    write_table(segments, select_segments(tracks, load_array(target), *sizes), Segments)


if __name__ == "__main__":
    run(main)
