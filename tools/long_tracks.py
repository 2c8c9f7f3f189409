"""Join the preview's 7 s clips to a few tracks of full length, to measure what the paper's setting takes.

    PYTHONPATH=workflow/lib:. python tools/long_tracks.py results/datasets/*/data-* FOLDER [--minutes 4]

Then run config/paper.yaml with `dataset.root: FOLDER` and few epochs and iterations, and print what the jobs
took by tools/measured_resources.py.

Nothing is encoded anew: ffmpeg copies the streams of one clip behind those of the other. Tracks bear the name
of their first clip, so that musdb's own split applies.
"""

import argparse
import itertools
import subprocess
import tempfile
from pathlib import Path

from singmap.data.sources import read_dataset

CLIP_S = 6.8
TRACKS = {"train": 3, "valid": 1, "test": 2}


def join(clips: list[Path], track: Path) -> None:
    """Write the five streams of `clips`, one after the other, to the stem file `track`."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        for clip in clips:
            quoted = str(clip.resolve()).replace("'", r"'\''")
            listed.write(f"file '{quoted}'\n")
        listed.flush()
        command = ["ffmpeg", "-v", "error", "-f", "concat", "-safe", "0", "-i", listed.name]
        track.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([*command, "-map", "0:a", "-c", "copy", "-y", str(track)], check=True)


def main() -> None:
    """Make TRACKS."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preview", type=Path, help="unpacked MUSDB18-7s, with train and test")
    parser.add_argument("folder", type=Path, help="where train and test go")
    parser.add_argument("--minutes", type=float, default=4.0)
    options = parser.parse_args()
    tracks = read_dataset("musdb18-7s", options.preview, {}).tracks
    clips = itertools.cycle(options.preview / track.stems["mixture"].path for track in tracks)
    n_clips = round(options.minutes * 60 / CLIP_S)
    for subset, count in TRACKS.items():
        for first in [track for track in tracks if track.subset == subset][:count]:
            path = first.stems["mixture"].path
            join([options.preview / path, *itertools.islice(clips, n_clips - 1)], options.folder / path)
            print(f"{subset}: {options.folder / path}", flush=True)


if __name__ == "__main__":
    main()
