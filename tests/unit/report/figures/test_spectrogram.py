"""Spectrograms: levels, bands and times are where the signal put them."""

import numpy as np
import pytest

from singmap.report.figures import spectrogram
from singmap.spectra.stft import StftSettings


def test_spectrogram_finds_a_tone_and_measures_from_the_first_signal():
    times_s = np.arange(44100) / 44100
    tone = np.stack([np.sin(2 * np.pi * 1000 * times_s)] * 2)
    stft = StftSettings("hamming", 1024, 1024, 256)
    signals = {"mixture": tone, "dae_seed0": tone / 10}
    table = spectrogram.spectrogram_table(signals, stft, 8000, 64)
    for signal, level_db in (("mixture", 0), ("dae_seed0", -20)):
        levels = table[table["signal"] == signal].set_index("frequency_hz").iloc[:, 1:]
        loudest = levels.max(axis=1)
        assert loudest.max() == pytest.approx(level_db, abs=0.05)
        assert abs(loudest.idxmax() - 1000) < 65  # half a band of three bins of 43 Hz
    figure = spectrogram.draw_spectrograms(table, 60)
    assert [ax.get_title() for ax in figure.axes[:2]] == ["mixture", "dae, seed 0"]


def test_spectrogram_names_bands_and_times_by_their_centres():
    stft = StftSettings("hamming", 1024, 1024, 256)
    samples = np.arange(44100)
    middle = 48.5  # of frames 48 and 49: 173 frames are averaged in pairs, 186 bins below 8 kHz in threes
    burst = np.exp(-(((samples - middle * 256) / 400) ** 2)) * np.cos(2 * np.pi * 22 / 1024 * samples)
    table = spectrogram.spectrogram_table({"mixture": burst[None]}, stft, 8000, 62)
    levels = table.set_index("frequency_hz").iloc[:, 1:]
    assert levels.max(axis=1).idxmax() == pytest.approx(22 * 44100 / 1024, abs=0.05)
    assert float(levels.max(axis=0).idxmax()) == pytest.approx(middle * 256 / 44100, abs=1e-4)


def test_silence_has_a_finite_level_and_stereo_is_averaged():
    stft = StftSettings("hamming", 1024, 1024, 256)
    noise = np.random.default_rng(0).standard_normal(22050)
    signals = {"mixture": np.stack([noise, noise]), "silence": np.stack([noise, -noise])}
    table = spectrogram.spectrogram_table(signals, stft, 8000, 64)
    levels = table[table["signal"] == "silence"].iloc[:, 2:].to_numpy()
    assert np.isfinite(levels).all()
    assert levels.max() < -100


def test_panels_that_no_signal_needs_are_hidden():
    stft = StftSettings("hamming", 1024, 1024, 256)
    tone = np.sin(np.arange(22050) / 10)[None]
    table = spectrogram.spectrogram_table(dict.fromkeys(["mixture", "truth", "irm"], tone), stft, 8000, 64)
    figure = spectrogram.draw_spectrograms(table, 60)
    assert [ax.get_visible() for ax in figure.axes[:4]] == [True, True, True, False]
    assert figure.axes[0].collections[0].get_clim() == (-60, 0)
