"""Compute magnitude spectra of decoded tracks and write the cache that `singmap.spectra.cache` reads."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy.fft
import soundfile
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from singmap.files.storage import atomic_path
from singmap.files.tables import SpectraIndex, columns, rows_of, write_table
from singmap.files.wav import open_wav
from singmap.runtime.disk import require_disk
from singmap.runtime.errors import REBUILD, InputError
from singmap.runtime.progress import Progress
from singmap.spectra.cache import ARRAYS
from singmap.spectra.settings import StftSettings

ANALYSIS_FRAMES = 32  # at a time: input and spectra stay in a processor's cache of 1 MB
READ_FRAMES = 8 * ANALYSIS_FRAMES  # at a time from and to files, in reused memory: 2 s of audio, 2 MB

Reader = Callable[[NDArray[np.float32]], None]  # fills an array with the next samples


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


def cache_index(decoded: pd.DataFrame, settings: StftSettings) -> pd.DataFrame:
    """Return where each track's frames will lie, the table SpectraIndex."""
    n_frames = decoded.n_samples.map(settings.n_frames)
    first_frame = n_frames.cumsum() - n_frames
    return decoded.assign(first_frame=first_frame, n_frames=n_frames)[columns(SpectraIndex)]


def _write_track(file: "MagnitudeFile", path: Path, row: Any, settings: StftSettings) -> None:
    """Write one file's magnitudes; `row` is the track's of the tables DecodedTracks and SpectraIndex."""
    first_frame = row.first_frame
    with open_wav(path, 2 if row.subset == "test" else 1, row.n_samples) as audio:
        for block in magnitude_blocks(mono_reader(audio), row.n_frames, settings):
            _require_room_for(block, file.dtype, path)
            file.write(first_frame, block)
            first_frame += len(block)


def _require_room_for(magnitudes: NDArray[np.float32], dtype: np.dtype[np.floating], path: Path) -> None:
    """Raise InputError for magnitudes that would not be finite numbers in the cache."""
    largest, limit = float(magnitudes.max(initial=0)), float(np.finfo(dtype).max)
    if not largest <= limit:  # NaN, too
        expected = f"magnitudes up to {limit:.5g}, what {dtype} holds"
        remedy = "scale the audio, or set spectra.dtype: float32" if np.isfinite(largest) else REBUILD
        raise InputError(str(path), expected, f"{largest:.5g}", remedy)


def mono_reader(audio: soundfile.SoundFile) -> Reader:
    """Return a function that fills an array (n_samples,) with the next samples, means of the channels.

    Behind the end of the file come zeros.
    """
    both = np.empty((0, audio.channels), np.float32)

    def read(samples: NDArray[np.float32]) -> None:
        nonlocal both
        if len(both) < len(samples):
            both = np.empty((len(samples), audio.channels), np.float32)
        found = audio.read(out=both[: len(samples)])
        if audio.channels == 1:
            samples[: len(found)] = found[:, 0]
        else:
            np.mean(found, axis=1, out=samples[: len(found)])
        samples[len(found) :] = 0

    return read


def magnitude_blocks(read: Reader, n_frames: int, settings: StftSettings) -> Iterator[NDArray[np.float32]]:
    """Yield blocks of linear magnitude (n_block_frames, n_bins), together ``abs(stft.analyse(audio))``.

    `read` fills an array with the next samples of the audio, zeros behind its end; memory does not grow with
    the audio's length. A block is overwritten by the next. Windowed frames stand at the start of the FFT's
    input instead of its middle: magnitudes don't see the shift, and the zeros behind them stay.
    """
    window = settings.scaled_window().astype(np.float32)
    inputs = np.zeros((ANALYSIS_FRAMES, settings.fft_samples), np.float32)
    magnitudes = np.empty((READ_FRAMES, settings.n_bins), np.float32)
    for frames in _frames(read, n_frames, settings):
        for first in range(0, len(frames), ANALYSIS_FRAMES):
            block = frames[first : first + ANALYSIS_FRAMES]
            np.multiply(block, window, out=inputs[: len(block), : len(window)])
            spectra = scipy.fft.rfft(inputs[: len(block)], axis=1)
            np.abs(spectra, out=magnitudes[first : first + len(block)])
        yield magnitudes[: len(frames)]


def _frames(read: Reader, n_frames: int, settings: StftSettings) -> Iterator[NDArray[np.float32]]:
    """Yield views (up to READ_FRAMES, window_samples) of consecutive frames, each valid until the next.

    Frames are centred on k * hop, with zeros before the audio's start.
    """
    hop_samples, window_samples = settings.hop_samples, settings.window_samples
    before = settings.fft_samples // 2 - (settings.fft_samples - window_samples) // 2
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


class MagnitudeFile:
    """A .npy array of known shape that is written piece by piece, from any thread, without mapping it."""

    def __init__(self, path: Path, shape: tuple[int, int], dtype: str):
        self.dtype: np.dtype[np.floating] = np.dtype(dtype)
        self._row_bytes = shape[1] * self.dtype.itemsize
        with path.open("wb") as handle:
            header = {"descr": self.dtype.str, "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(handle, header)
            self._offset = handle.tell()
            # Claimed at once: a full disk shows here, and writing takes two thirds of the time.
            os.posix_fallocate(handle.fileno(), 0, self._offset + shape[0] * self._row_bytes)
        self._fd = os.open(path, os.O_WRONLY)

    def write(self, first_row: int, rows: NDArray[np.floating]) -> None:
        """Write `rows` (n_rows, n_columns) at `first_row`."""
        data = np.ascontiguousarray(rows, dtype=self.dtype).data.cast("B")
        offset = self._offset + first_row * self._row_bytes
        while data:
            written = os.pwrite(self._fd, data, offset)
            data, offset = data[written:], offset + written

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)
