"""Spectra of decoded test tracks, computed where they are read: of hours of audio minutes are looked at.

They have the attributes of `cache.SpectraCache`, and the same numbers to the last bit.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from singmap.files.audio_format import MIXTURE
from singmap.files.tables import DecodedTracks, SpectraIndex, columns, read_table, rows_of
from singmap.files.wav import open_wav
from singmap.spectra.cache import require_magnitudes
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

CHANNELS = 2  # of decoded test tracks


class DecodedSpectra:
    """Spectra of decoded test tracks, one track after the other; nothing is read until rows are taken.

    Attributes
    ----------
    tracks : table SpectraIndex
    mixture, target : magnitudes, see `DecodedMagnitudes`
    n_frames, n_bins : size of both
    """

    def __init__(self, index: Path, folder: Path, settings: dict[str, Any]):
        """index : table DecodedTracks; folder : holds <track_id>/<stem>.wav

        settings : as of the rule compute_spectra: the target, the parameters of the transform, and the dtype
        that magnitudes are rounded to, as those are that the models are trained on
        """
        stft, dtype = StftSettings(**settings["stft"]), np.dtype(settings["dtype"])
        decoded = read_table(index, DecodedTracks)
        rows = cache_index(decoded, stft)
        self.tracks = rows[columns(SpectraIndex)]
        self.n_frames, self.n_bins = int(rows["n_frames"].sum()), stft.n_bins
        rows = rows.assign(n_samples=decoded["n_samples"])
        self.mixture, self.target = (
            DecodedMagnitudes(folder, f"{stem}.wav", rows, stft, dtype)
            for stem in (MIXTURE, settings["target"])
        )


class DecodedMagnitudes:
    """Magnitudes of one signal of decoded tracks, (n_frames, n_bins), float32 or float16.

    Rows are taken as of an array, rising; raises InputError for audio that is damaged or not as its table
    says. Memory grows with the rows that are taken, not with the tracks.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        tracks: pd.DataFrame,
        settings: StftSettings,
        dtype: np.dtype[np.floating],
    ):
        """folder, name : tracks are in <folder>/<track_id>/<name>; tracks : SpectraIndex and n_samples"""
        self._folder, self._name, self._tracks = folder, name, rows_of(tracks)
        self._settings, self.dtype = settings, dtype
        self.shape = int(tracks["n_frames"].sum()), settings.n_bins

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | NDArray[np.integer]) -> NDArray[np.floating]:
        numbers = np.arange(len(self))[rows]
        found = np.empty((len(numbers), self.shape[1]), self.dtype)
        for track in self._tracks:
            first, stop = np.searchsorted(numbers, [track.first_frame, track.first_frame + track.n_frames])
            if first < stop:
                self._fill(found[first:stop], track, numbers[first:stop] - track.first_frame)
        return found

    def _fill(self, rows: NDArray[np.floating], track: Any, numbers: NDArray[np.integer]) -> None:
        """Fill `rows` with the frames of these rising numbers of one track."""
        path = self._folder / track.track_id / self._name
        transform = MagnitudeTransform(self._settings)
        block = np.empty((ANALYSIS_FRAMES, self.shape[1]), np.float32)
        with open_wav(path, CHANNELS, track.n_samples) as audio:
            read = mono_reader(audio)
            for first in range(0, len(numbers), ANALYSIS_FRAMES):
                chosen = numbers[first : first + ANALYSIS_FRAMES]
                magnitudes = block[: len(chosen)]
                transform(_windows(audio, read, chosen, self._settings), magnitudes)
                require_room_for(magnitudes, self.dtype, path)
                rows[first : first + len(chosen)] = magnitudes
        require_magnitudes(path, rows)


def _windows(
    audio: soundfile.SoundFile, read: Reader, numbers: NDArray[np.integer], settings: StftSettings
) -> NDArray[np.float32]:
    """The samples of frames (n, window_samples), read at once where these follow one another."""
    hop, size, before = settings.hop_samples, settings.window_samples, samples_before(settings)
    starts = numbers * hop - before
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        samples = _samples(audio, read, int(starts[0]), (len(numbers) - 1) * hop + size)
        return sliding_window_view(samples, size)[::hop]
    return np.stack([_samples(audio, read, int(start), size) for start in starts])


def _samples(
    audio: soundfile.SoundFile, read: Reader, first_sample: int, n_samples: int
) -> NDArray[np.float32]:
    """Samples from `first_sample` on, with zeros before the audio's start and behind its end."""
    samples = np.zeros(n_samples, np.float32)
    audio.seek(max(0, first_sample))
    read(samples[max(0, -first_sample) :])
    return samples
