"""Choose the frames of the test tracks that the mappings are examined on."""

from pathlib import Path
from typing import Any

from singmap.files.storage import load_array, read_csv, write_csv
from singmap.mapping.segments import select_segments
from singmap.runtime.job import run


def main(*, index: Path, target: Path, segments: Path, settings: dict[str, Any]) -> None:
    """Write the table of segments: the loudest stretches of the target in every test track."""
    tracks = read_csv(index, ["track_id", "track", "first_frame", "n_frames"])
    sizes = (settings[key] for key in ("segment_frames", "segments_per_track", "tracks_max"))
    write_csv(segments, select_segments(tracks, load_array(target), *sizes))


if __name__ == "__main__":
    run(main)
