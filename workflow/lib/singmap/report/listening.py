"""What the page's player gets of an excerpt: audio of all sources at one loudness, and their spectrograms."""

import base64
from collections.abc import Mapping
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from singmap.report.matrix_codes import pack
from singmap.spectra.settings import StftSettings
from singmap.spectra.stft import analyse

CODES = 127
RANGE_DB = 70.0  # below the mixture's loudest cell
COLUMNS_MAX, ROWS_MAX = 480, 160  # cells of a spectrogram: what a screen shows
FLOOR_POWER = 1e-12  # keeps the logarithm of digital silence finite


class Sound(TypedDict):
    """One signal: base64 of its MP3, and base64 of deflated int8 levels (n_rows, n_columns), low rows first.

    A level q is q / 127 * RANGE_DB - RANGE_DB dB re the mixture's loudest cell, 0 that or less.
    """

    mp3: str
    levels: str
    n_rows: int
    n_columns: int


def power_cells(audio: NDArray[np.float32], stft: StftSettings, max_hz: float) -> NDArray[np.float64]:
    """Power of audio (n_channels, n_samples), channels averaged, up to `max_hz`: (n_rows, n_columns).

    Cells hold the mean power of neighbouring bins and frames, so that a screen shows all of them.
    """
    n_bins = max(2, int(np.searchsorted(stft.frequencies_hz(), max_hz, side="right")))
    power = np.abs(analyse(audio.mean(axis=0), stft)[:, :n_bins].T).astype(np.float64) ** 2
    return _averaged(_averaged(power, ROWS_MAX).T, COLUMNS_MAX).T


def coded_sounds(
    powers: Mapping[str, NDArray[np.float64]], reference: str, mp3s: Mapping[str, bytes]
) -> dict[str, Sound]:
    """Signals of one track, whose spectrograms share one scale: 0 dB is the loudest cell of `reference`."""
    top = max(float(powers[reference].max()), FLOOR_POWER)
    sounds: dict[str, Sound] = {}
    for name, power in powers.items():
        levels_db = 10 * np.log10(np.maximum(power, FLOOR_POWER * top) / top)
        codes = np.clip(np.round((levels_db / RANGE_DB + 1) * CODES), 0, CODES).astype(np.int8)
        sounds[name] = {
            "mp3": base64.b64encode(mp3s[name]).decode("ascii"),
            "levels": pack(codes),
            "n_rows": codes.shape[0],
            "n_columns": codes.shape[1],
        }
    return sounds


def _averaged(power: NDArray[np.float64], cells_max: int) -> NDArray[np.float64]:
    """Mean over runs of rows, as many as give at most `cells_max`."""
    starts = np.arange(0, len(power), -(-len(power) // cells_max))
    counts = np.diff(np.append(starts, len(power)))
    averaged: NDArray[np.float64] = np.add.reduceat(power, starts, axis=0) / counts[:, None]
    return averaged
