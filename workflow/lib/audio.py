"""Read the stems of a track in one pass and in blocks, so that memory does not grow with its length.

Stem files go through one ffmpeg process for all streams, as 16-bit samples like in the `musdb` package,
so that the numbers are musdb's. Other files are read by soundfile and resampled by soxr if need be.
"""

import contextlib
import fcntl
import os
import selectors
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO

import numpy as np
import soundfile
import soxr

from workflow.lib.errors import InputError
from workflow.lib.tracks import Stem
from workflow.lib.wav import check_whole

SAMPLE_RATE_HZ = 44100
BLOCK_SAMPLES = 1 << 16
PIPE_BYTES = 1 << 20  # large, and not flushed at every packet: half the switching between processes
AGAIN = "get this file again"


def stem_blocks(stems: dict[str, Stem], root: Path) -> Iterator[dict[str, np.ndarray]]:
    """Yield consecutive stereo blocks (n_samples, 2) float32 at 44.1 kHz of several stems of one track.

    Mono is copied to both channels. Raises InputError when the stems turn out to differ in length.
    """
    paths = {stem.path for stem in stems.values()}
    if all(path.endswith(".stem.mp4") for path in paths):
        (path,) = paths
        yield from _stem_file_blocks(root / path, {name: stem.stream for name, stem in stems.items()})
        return
    readers = {name: _file_blocks(root / stem.path) for name, stem in stems.items()}
    while True:
        block = {name: next(reader, None) for name, reader in readers.items()}
        lengths = {0 if audio is None else len(audio) for audio in block.values()}
        if len(lengths) > 1:
            raise InputError(
                str(root / next(iter(paths))), "stems of equal length", "different lengths", AGAIN
            )
        if lengths == {0}:
            return
        yield block


def _file_blocks(path: Path) -> Iterator[np.ndarray]:
    check_whole(path, AGAIN)
    try:
        with soundfile.SoundFile(path) as file:
            resampler = None
            if file.samplerate != SAMPLE_RATE_HZ:
                resampler = soxr.ResampleStream(file.samplerate, SAMPLE_RATE_HZ, file.channels, quality="VHQ")
            while True:
                audio = file.read(BLOCK_SAMPLES, dtype="float32", always_2d=True)
                if not np.isfinite(audio).all():
                    raise InputError(str(path), "finite samples", "NaN or infinity", AGAIN)
                is_last = len(audio) < BLOCK_SAMPLES
                if resampler is not None:
                    audio = resampler.resample_chunk(audio, last=is_last)
                if len(audio) or not is_last:
                    yield np.repeat(audio, 2, axis=1) if file.channels == 1 else audio
                if is_last:
                    return
    except soundfile.LibsndfileError as error:
        raise InputError(str(path), "readable audio", f"{error.error_string}", AGAIN) from error


def _stem_file_blocks(path: Path, streams: dict[str, int]) -> Iterator[dict[str, np.ndarray]]:
    """Decode several streams of a stem file by one ffmpeg process, a pipe for each stream."""
    with tempfile.TemporaryFile() as messages:  # no pipe: ffmpeg would wait whenever it is full
        yield from _run_ffmpeg(path, streams, messages)


def _run_ffmpeg(path: Path, streams: dict[str, int], messages: IO[bytes]) -> Iterator[dict[str, np.ndarray]]:
    pipes = {name: os.pipe() for name in streams}
    process = _start_ffmpeg(path, [(streams[name], pipes[name][1]) for name in streams], messages)
    try:
        n_odd_bytes = yield from _aligned_blocks({name: read_end for name, (read_end, _) in pipes.items()})
        status = process.wait()
        messages.seek(0)
        problems = messages.read().decode(errors="replace").strip()
        if status:
            raise InputError(str(path), "audio that ffmpeg can decode", problems or "an error", AGAIN)
        if problems:
            print(f"{path}: {problems}")
        if n_odd_bytes:
            raise InputError(
                str(path), "streams of equal length", f"{n_odd_bytes // 4} samples more in one", AGAIN
            )
    finally:
        for read_end, _ in pipes.values():
            os.close(read_end)
        process.kill()
        process.wait()


def _start_ffmpeg(path: Path, outputs: list[tuple[int, int]], messages: IO[bytes]) -> subprocess.Popen:
    """Start ffmpeg writing each (stream, pipe) of `outputs`; the pipes are its own from then on."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-xerror", "-threads", "1", "-i", f"file:{path}"]
    write_ends = [write_end for _, write_end in outputs]
    for stream, write_end in outputs:
        command += ["-map", f"0:{stream}", "-f", "s16le", "-flush_packets", "0", f"pipe:{write_end}"]
        with contextlib.suppress(OSError):  # the user's pipes have used up what the system grants
            fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    try:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=messages, pass_fds=write_ends)
    finally:
        for write_end in write_ends:
            os.close(write_end)


def _aligned_blocks(pipes: dict[str, int]) -> Generator[dict[str, np.ndarray], None, int]:
    """Read pipes of 16-bit stereo audio as they fill; yield what all of them have, at most a block each.

    Whichever pipe has data is read, because ffmpeg waits when any of them is full. Returns the bytes by
    which the longest exceeds the shortest.
    """
    block_bytes = BLOCK_SAMPLES * 4
    buffers = {name: bytearray() for name in pipes}
    with selectors.DefaultSelector() as selector:
        for name, pipe in pipes.items():
            selector.register(pipe, selectors.EVENT_READ, name)
        while selector.get_map():
            for key, _ in selector.select():
                data = os.read(key.fd, block_bytes)
                buffers[key.data] += data
                if not data:
                    selector.unregister(key.fd)
            while min(map(len, buffers.values())) >= block_bytes:
                yield {name: _take(buffer, block_bytes) for name, buffer in buffers.items()}
    lengths = [len(buffer) for buffer in buffers.values()]
    if min(lengths):
        yield {name: _take(buffer, min(lengths)) for name, buffer in buffers.items()}
    return max(lengths) - min(lengths)


def _take(buffer: bytearray, n_bytes: int) -> np.ndarray:
    """Move 16-bit samples from the front of a buffer to an array (n_samples, 2) of float32 in [-1, 1)."""
    samples = np.frombuffer(buffer, "<i2", n_bytes // 2) * np.float32(1 / 32768)
    del buffer[:n_bytes]
    return samples.reshape(-1, 2)
