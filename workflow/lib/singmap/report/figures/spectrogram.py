"""Spectrograms of one excerpt: the mixture, the true target and what each system made of it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from singmap.report.labels import label_of, ordered
from singmap.report.style import heat_colours, panels, styled
from singmap.spectra.settings import StftSettings
from singmap.spectra.stft import analyse

FLOOR_MAGNITUDE = 1e-6  # -120 dB; keeps the logarithm of digital silence finite
N_COLUMNS = 2
LEVEL = "level re the mixture's peak (dB)"


def spectrogram_table(
    signals: Mapping[str, NDArray[np.float32]], stft: StftSettings, max_hz: float, cells_max: int
) -> pd.DataFrame:
    """Levels in dB of {name: (n_channels, n_samples)}: one row per signal and frequency, one column per time.

    Channels are averaged; frames and bins are averaged in power to at most `cells_max` and twice as many
    frames, and named by their centres. 0 dB is the loudest cell of the first signal.
    """
    n_bins = int(np.searchsorted(stft.frequencies_hz(), max_hz, side="right"))
    blocks, reference = [], None
    for name, audio in signals.items():
        power = np.abs(analyse(audio.mean(axis=0), stft)[:, :n_bins].T).astype(np.float64) ** 2
        bins, power = _averaged(power, cells_max)
        frames, power = _averaged(power.T, 2 * cells_max)
        levels = 10 * np.log10(np.maximum(power.T, FLOOR_MAGNITUDE**2))
        reference = levels.max() if reference is None else reference
        times_s = np.round(frames * stft.hop_samples / stft.sample_rate_hz, 4)
        block = pd.DataFrame(np.round(levels - reference, 1), columns=times_s.astype(str))
        block.insert(0, "frequency_hz", np.round(bins * stft.sample_rate_hz / stft.fft_samples, 1))
        block.insert(0, "signal", name)
        blocks.append(block)
    return pd.concat(blocks, ignore_index=True)


@styled
def draw_spectrograms(table: pd.DataFrame, range_db: float) -> Figure:
    """Draw `spectrogram_table` as a grid of panels with one colour scale from -`range_db` to 0 dB."""
    signals = ordered(table["signal"])
    n_rows = -(-len(signals) // N_COLUMNS)
    figure, axes = panels(n_rows, N_COLUMNS, 0.5 + 1.8 * n_rows, sharex=True, sharey=True)
    flat = [ax for row in axes for ax in row]
    times_s = table.columns[2:].astype(float)
    for ax, signal in zip(flat, signals, strict=False):
        part = table[table["signal"] == signal]
        khz = part["frequency_hz"] / 1000
        image = ax.pcolormesh(times_s, khz, part.iloc[:, 2:], cmap=heat_colours(), rasterized=True)
        image.set_clim(-range_db, 0)
        ax.grid(False)
        ax.set_title(label_of(signal))
    for ax in flat[len(signals) :]:
        ax.set_visible(False)
    for row in axes:
        row[0].set_ylabel("frequency (kHz)")
    for ax in axes[-1]:
        ax.set_xlabel("time (s)")
    figure.colorbar(image, ax=axes, label=LEVEL, extend="min", aspect=40, pad=0.01)
    return figure


def _averaged(rows: NDArray[np.float64], cells_max: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Average groups of consecutive rows down to at most `cells_max`; also the centre of each group."""
    starts = np.arange(0, len(rows), -(-len(rows) // cells_max))
    counts = np.diff(np.append(starts, len(rows)))
    return starts + (counts - 1) / 2, np.add.reduceat(rows, starts, axis=0) / counts[:, None]
