"""Compute magnitude spectra of decoded tracks and write the cache that `workflow.lib.spectra` reads."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.fft
import soundfile
from numpy.lib.stride_tricks import sliding_window_view

from workflow.lib.disk import require_disk
from workflow.lib.errors import InputError
from workflow.lib.progress import Progress
from workflow.lib.spectra import ARRAYS, INDEX_COLUMNS
from workflow.lib.stft import StftSettings
from workflow.lib.storage import REBUILD, atomic_path, write_csv

ANALYSIS_FRAMES = 32  # at a time: input and spectra stay in a processor's cache of 1 MB


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
    decoded : table of track_id, track and n_samples, a row a track
    audio_files : WAV files of "mixture" and "target", in the order of the rows; mono or stereo
    dtype : float32 or float16, of the magnitudes on disk

    Raises InputError when the disk is too small and when audio is damaged.
    """
    index = cache_index(decoded, settings)
    shape = (int(index.n_frames.sum()), settings.n_bins)
    require_disk(folder, len(ARRAYS) * shape[0] * shape[1] * np.dtype(dtype).itemsize, "cache of spectra")
    jobs = [
        (name, path, row.first_frame, row.n_frames)
        for name in ARRAYS
        for path, row in zip(audio_files[name], index.itertuples(), strict=True)
    ]
    progress = Progress("compute spectra", len(jobs), "files")
    with ExitStack() as stack:
        parts = {name: stack.enter_context(atomic_path(folder / f"{name}.npy")) for name in ARRAYS}
        files = {
            name: stack.enter_context(closing(MagnitudeFile(part, shape, dtype)))
            for name, part in parts.items()
        }
        pool = stack.enter_context(ThreadPoolExecutor(threads))
        done = pool.map(lambda job: _write_track(files[job[0]], *job[1:], settings), jobs)
        list(progress.over(done))
    write_csv(folder / "index.csv", index)


def cache_index(decoded: pd.DataFrame, settings: StftSettings) -> pd.DataFrame:
    """Return where each track's frames will lie: track_id, track, first_frame, n_frames."""
    n_frames = decoded.n_samples.map(settings.n_frames)
    first_frame = n_frames.cumsum() - n_frames
    return decoded.assign(first_frame=first_frame, n_frames=n_frames)[INDEX_COLUMNS]


def _write_track(
    file: "MagnitudeFile", path: Path, first_frame: int, n_frames: int, settings: StftSettings
) -> None:
    audio = read_mono(path)
    if settings.n_frames(len(audio)) != n_frames:
        raise InputError(str(path), f"audio of {n_frames} frames", f"{len(audio)} samples", REBUILD)
    for block in magnitude_blocks(audio, settings):
        file.write(first_frame, block)
        first_frame += len(block)


def magnitude_blocks(audio: np.ndarray, settings: StftSettings) -> Iterator[np.ndarray]:
    """Yield blocks (n_frames, n_bins) of linear magnitude that together equal ``abs(stft.analyse(audio))``.

    `audio` is mono, (n_samples,). A block is overwritten by the next. Windowed frames stand at the start of
    the FFT's input instead of its middle: magnitudes don't see the shift, and the zeros behind them stay.
    """
    window = settings.scaled_window().astype(np.float32)
    frames = _frames(audio, settings)
    inputs = np.zeros((ANALYSIS_FRAMES, settings.fft_samples), np.float32)
    magnitudes = np.empty((ANALYSIS_FRAMES, settings.n_bins), np.float32)
    for first in range(0, len(frames), ANALYSIS_FRAMES):
        block = frames[first : first + ANALYSIS_FRAMES]
        np.multiply(block, window, out=inputs[: len(block), : len(window)])
        spectra = scipy.fft.rfft(inputs[: len(block)], axis=1)
        yield np.abs(spectra, out=magnitudes[: len(block)])


def _frames(audio: np.ndarray, settings: StftSettings) -> np.ndarray:
    """Return a view (n_frames, window_samples) of `audio`; frames are centred on k * hop, zeros around."""
    n_frames = settings.n_frames(len(audio))
    before = settings.fft_samples // 2 - (settings.fft_samples - settings.window_samples) // 2
    padded = np.zeros((n_frames - 1) * settings.hop_samples + settings.window_samples, np.float32)
    padded[before : before + len(audio)] = audio[: len(padded) - before]
    return sliding_window_view(padded, settings.window_samples)[:: settings.hop_samples]


def read_mono(path: str | Path) -> np.ndarray:
    """Read a WAV file as the mean of its channels, (n_samples,) float32."""
    try:
        audio, _ = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise InputError(str(path), "a whole WAV file", error.error_string, REBUILD) from error
    return audio[:, 0] if audio.shape[1] == 1 else audio.mean(axis=1)


class MagnitudeFile:
    """A .npy array of known shape that is written piece by piece, from any thread, without mapping it."""

    def __init__(self, path: Path, shape: tuple[int, int], dtype: str):
        self._dtype = np.dtype(dtype)
        self._row_bytes = shape[1] * self._dtype.itemsize
        with path.open("wb") as handle:
            header = {"descr": self._dtype.str, "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(handle, header)
            self._offset = handle.tell()
            # Claimed at once: a full disk shows here, and writing takes two thirds of the time.
            os.posix_fallocate(handle.fileno(), 0, self._offset + shape[0] * self._row_bytes)
        self._fd = os.open(path, os.O_WRONLY)

    def write(self, first_row: int, rows: np.ndarray) -> None:
        """Write `rows` (n_rows, n_columns) at `first_row`."""
        data = memoryview(np.ascontiguousarray(rows, dtype=self._dtype)).cast("B")
        offset = self._offset + first_row * self._row_bytes
        while data:
            written = os.pwrite(self._fd, data, offset)
            data, offset = data[written:], offset + written

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)
