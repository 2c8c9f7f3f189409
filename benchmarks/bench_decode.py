"""Speed and memory of decoding a stem file to WAV against plain ffmpeg; prints ratios.

    python benchmarks/bench_decode.py [--minutes 4] [--tracks 4]

The stem file is stempeg's example, repeated. Plain ffmpeg decodes the same five streams to /dev/null. Runs
alternate; the best of several counts.
"""

import argparse
import os
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import stempeg

from benchmarks.process_memory import peak_mb
from singmap.data.decoding import decode_track
from singmap.data.tracks import Stem, Track

REPEATS = 3
STREAMS = {"mixture": 0, "drums": 1, "bass": 2, "other": 3, "vocals": 4}


def long_stem_file(path: Path, minutes: float) -> None:
    """Repeat the example's five streams without encoding them anew."""
    loops = int(minutes * 60 / 6.08)
    command = ["ffmpeg", "-v", "error", "-stream_loop", str(loops), "-i", stempeg.example_stem_path()]
    subprocess.run([*command, "-map", "0:a", "-c", "copy", str(path)], check=True)


def plain_ffmpeg(path: Path, streams: list[int]) -> None:
    """Decode `streams` of a stem file and throw the samples away."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-i", str(path)]
    for stream in streams:
        command += ["-map", f"0:{stream}", "-f", "s16le", "-y", "/dev/null"]
    subprocess.run(command, check=True)


def best(*works: Callable[[], object]) -> list[tuple[float, float]]:
    """Return wall and CPU time in seconds of each of `works`, each the best of REPEATS; they take turns."""
    measured: list[list[list[float]]] = [[] for _ in works]
    for _ in range(REPEATS):
        for work, found in zip(works, measured, strict=True):
            before = os.times()
            work()
            found.append([after - start for after, start in zip(os.times(), before, strict=True)])
    return [(min(run[4] for run in found), min(sum(run[:4]) for run in found)) for found in measured]


def compare(folder: Path, path: Path, is_test: bool, n_tracks: int, threads: int) -> str:
    """Decode copies of one track by us and by ffmpeg, `threads` at a time; return a row of the table."""
    stems = {name: Stem(path.name, stream) for name, stream in STREAMS.items()}
    streams = list(STREAMS.values())
    tracks = [Track(f"t{number}", f"t{number}", "test", 0, 44100, stems) for number in range(n_tracks)]

    def ours(track: Track) -> None:
        decode_track(track, folder, "vocals", folder / "out", is_test)

    def ffmpeg(track: Track) -> None:
        plain_ffmpeg(path, streams)

    with ThreadPoolExecutor(threads) as pool:
        (our_s, our_cpu_s), (ffmpeg_s, ffmpeg_cpu_s) = best(
            lambda: list(pool.map(ours, tracks)), lambda: list(pool.map(ffmpeg, tracks))
        )
    ratios = f"{ffmpeg_s / our_s:10.2f} {ffmpeg_cpu_s / our_cpu_s:10.2f}"
    purpose = "test" if is_test else "train"
    return f"{purpose:>7s} {n_tracks:6d} {threads:7d} {our_s:7.2f} {ffmpeg_s:9.2f} {ratios}"


def main() -> None:
    """Print the table and the peak of memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=4.0, help="length of the track")
    parser.add_argument("--tracks", type=int, default=4, help="tracks that are decoded at the same time")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        path = folder / "long.stem.mp4"
        long_stem_file(path, arguments.minutes)
        print(
            f"a track of {arguments.minutes:g} minutes; throughput as a ratio to ffmpeg's, wall and CPU time"
        )
        print("     to tracks threads  ours s  ffmpeg s  wall ratio  CPU ratio")
        for is_test, n_tracks, threads in (
            (True, 1, 1),
            (False, 1, 1),
            (True, arguments.tracks, 2),
            (False, arguments.tracks, 2),
        ):
            print(compare(folder, path, is_test, n_tracks, threads), flush=True)
    print(f"peak memory, of this process: {peak_mb():.0f} MB")


if __name__ == "__main__":
    main()
