"""Decode a stem file (.stem.mp4) to WAV files by one ffmpeg process that also mixes and writes them.

Samples are rounded to 16 bits, as the `musdb` package does, so that the numbers are musdb's; sums of
16-bit samples are exact in the 32-bit float that is written.
"""

import errno
import os
import subprocess
from pathlib import Path

from singmap.data.tracks import Track
from singmap.files.storage import full_disk
from singmap.runtime.errors import AGAIN, InputError
from singmap.runtime.printable import printable

SUFFIX = ".stem.mp4"
READ = ["-nostdin", "-v", "error", "-xerror", "-threads", "1"]
WRITE = ["-c:a", "pcm_f32le", "-bitexact", "-map_metadata", "-1", "-f", "wav"]  # nothing but the samples


def is_stem_file(track: Track) -> bool:
    """Whether all stems of a track are streams of one stem file."""
    return all(stem.path.endswith(SUFFIX) for stem in track.stems.values())


def decode_stem_file(path: Path, mixes: dict[str, list[int]], folder: Path) -> None:
    """Write ``<folder>/<name>.wav``, 32-bit float, for each of `mixes`: the sum of the streams that it lists.

    Parameters
    ----------
    mixes : names of letters to numbers of streams, counted among the audio streams; none is listed twice

    Raises InputError when ffmpeg meets damaged data or a full disk.
    """
    chains = [_chain(name, streams) for name, streams in mixes.items()]
    command = ["ffmpeg", *READ, "-i", f"file:{path}", "-filter_complex", ";".join(chains)]
    for name in mixes:
        command += ["-map", f"[{name}]", *WRITE, f"file:{folder / name}.wav"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    problems = done.stderr.decode(errors="replace").strip()
    if done.returncode and os.strerror(errno.ENOSPC) in problems:
        raise full_disk(folder)
    if done.returncode:
        raise InputError(str(path), "audio that ffmpeg can decode", problems or "an error", AGAIN)
    if problems:
        print(printable(f"{path}: {problems}"))


def _chain(name: str, streams: list[int]) -> str:
    """Filters from the input's streams to the output [name]."""
    rounded = "".join(f"[0:a:{stream}]aformat=sample_fmts=s16[s{stream}];" for stream in streams)
    inputs = "".join(f"[s{stream}]" for stream in streams)
    return f"{rounded}{inputs}amix=inputs={len(streams)}:normalize=0[{name}]"
