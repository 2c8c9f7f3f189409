"""Compute magnitude spectra of decoded tracks and write the cache that `singmap.spectra.cache` reads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from singmap.files.storage import atomic_path
from singmap.files.tables import SpectraIndex, rows_of, write_table
from singmap.files.wav import open_wav
from singmap.runtime.disk import require_disk
from singmap.runtime.progress import Progress
from singmap.spectra.cache import ARRAYS
from singmap.spectra.magnitude_file import MagnitudeFile
from singmap.spectra.settings import StftSettings
from singmap.spectra.transform import (
    ANALYSIS_FRAMES,
    MagnitudeTransform,
    Reader,
    cache_index,
    mono_reader,
    require_room_for,
    samples_before,
)

READ_FRAMES = 8 * ANALYSIS_FRAMES  # at a time from and to files, in reused memory: 2 s of audio, 2 MB


def write_cache(
    folder: Path,
    decoded: pd.DataFrame,
    audio_files: dict[str, list[Path]],
    settings: StftSettings,
    dtype: str,
    threads: int,
) -> None:
    """Compute the spectra of `decoded` tracks, several tracks at a time, and write them to `folder`.

    Parameters
    ----------
    decoded : table DecodedTracks
    audio_files : WAV files of "mixture" and "target", in the order of the rows; stereo for the subset test,
        others mono
    dtype : float32 or float16, of the magnitudes on disk

    Raises InputError when the disk is too small and when audio is damaged.
    """
    index = cache_index(decoded, settings)
    shape = (int(index.n_frames.sum()), settings.n_bins)
    require_disk(folder, len(ARRAYS) * shape[0] * shape[1] * np.dtype(dtype).itemsize, "cache of spectra")
    rows = rows_of(decoded.assign(first_frame=index["first_frame"], n_frames=index["n_frames"]))
    jobs = [(name, path, row) for name in ARRAYS for path, row in zip(audio_files[name], rows, strict=True)]
    progress = Progress("compute spectra", len(jobs), "files")
    with ExitStack() as stack:
        parts = {name: stack.enter_context(atomic_path(folder / f"{name}.npy")) for name in ARRAYS}
        files = {
            name: stack.enter_context(closing(MagnitudeFile(part, shape, dtype)))
            for name, part in parts.items()
        }

        def write(job: tuple[str, Path, Any]) -> None:
            name, path, row = job
            _write_track(files[name], path, row, settings)

        pool = stack.enter_context(ThreadPoolExecutor(threads))
        list(progress.over(pool.map(write, jobs)))
    write_table(folder / "index.csv", index, SpectraIndex)


def _write_track(file: MagnitudeFile, path: Path, row: Any, settings: StftSettings) -> None:
    """Write one file's magnitudes; `row` is the track's of the tables DecodedTracks and SpectraIndex."""
    first_frame = row.first_frame
    with open_wav(path, 2 if row.subset == "test" else 1, row.n_samples) as audio:
        for block in magnitude_blocks(mono_reader(audio), row.n_frames, settings):
            require_room_for(block, file.dtype, path)
            file.write(first_frame, block)
            first_frame += len(block)


def magnitude_blocks(read: Reader, n_frames: int, settings: StftSettings) -> Iterator[NDArray[np.float32]]:
    """Yield blocks of linear magnitude (n_block_frames, n_bins), together ``abs(stft.analyse(audio))``.

    `read` fills an array with the next samples of the audio, zeros behind its end; memory does not grow with
    the audio's length. A block is overwritten by the next.
    """
    transform = MagnitudeTransform(settings)
    magnitudes = np.empty((READ_FRAMES, settings.n_bins), np.float32)
    for frames in _frames(read, n_frames, settings):
        for first in range(0, len(frames), ANALYSIS_FRAMES):
            part = slice(first, min(first + ANALYSIS_FRAMES, len(frames)))
            transform(frames[part], magnitudes[part])
        yield magnitudes[: len(frames)]


def _frames(read: Reader, n_frames: int, settings: StftSettings) -> Iterator[NDArray[np.float32]]:
    """Yield views (up to READ_FRAMES, window_samples) of consecutive frames, each valid until the next.

    Frames are centred on k * hop, with zeros before the audio's start.
    """
    hop_samples, window_samples = settings.hop_samples, settings.window_samples
    before = samples_before(settings)
    samples = np.zeros((READ_FRAMES - 1) * hop_samples + window_samples, np.float32)
    frames = sliding_window_view(samples, window_samples)[::hop_samples]
    advance_samples = READ_FRAMES * hop_samples
    kept_samples = before
    for first in range(0, n_frames, READ_FRAMES):
        if first:
            kept_samples = len(samples) - advance_samples
            samples[:kept_samples] = samples[advance_samples:]
        read(samples[kept_samples:])
        yield frames[: n_frames - first]
