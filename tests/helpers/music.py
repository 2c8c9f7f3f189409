"""Stereo signals that are made like music, for tests of scores: a voice, a band, and what befalls recordings.

All are float32 in steps of 16 bits, (n_sources, n_samples, 2), as decoded tracks are.
"""

import numpy as np
import scipy.signal

from singmap.data.audio_files import to_16_bits
from singmap.separation.baseline import baseline_estimates
from singmap.spectra.settings import StftSettings

RATE_HZ = 44100
STFT = StftSettings("hamming", 2048, 2048, 512)


def music(seed: int = 0, n_samples: int = 74970) -> np.ndarray:
    """A voice of gliding notes with breath, and a band of chords with drums, each wide in stereo."""
    generator = np.random.default_rng(seed)
    time = np.arange(n_samples) / RATE_HZ
    voice = sum(_note(generator, time, pitch_hz, 0.35) for pitch_hz in (220.0, 262.0, 330.0))
    band = sum(_note(generator, time, pitch_hz, 1.2) for pitch_hz in (65.0, 131.0, 165.0, 196.0))
    hits = generator.standard_normal(n_samples) * np.exp(-20 * (time % 0.25))
    return as_decoded(
        np.stack([_stereo(generator, voice, 0.003), _stereo(generator, band + 0.3 * hits, 0.01)])
    )


def as_decoded(signals: np.ndarray) -> np.ndarray:
    """Rounded to 16 bits, as every track is when it is decoded."""
    return to_16_bits(signals.astype(np.float32))


def ratio_mask_estimates(references: np.ndarray) -> np.ndarray:
    """What an ideal ratio mask makes of the sum of two sources: good, but not perfect."""
    target, rest = (np.ascontiguousarray(source.T, dtype=np.float32) for source in references)
    found = baseline_estimates("irm", target + rest, target, rest, STFT)
    return np.stack([estimate.T for estimate in found]).astype(np.float32)


def band_limited(signals: np.ndarray, cutoff_hz: float = 16000) -> np.ndarray:
    """Nothing above `cutoff_hz`, as after MP3 or AAC, in float32."""
    spectra = np.fft.rfft(signals.astype(np.float64), axis=1)
    spectra[:, np.fft.rfftfreq(signals.shape[1], 1 / RATE_HZ) > cutoff_hz] = 0
    return np.fft.irfft(spectra, signals.shape[1], axis=1).astype(np.float32)


def one_channel(signals: np.ndarray, gain: float) -> np.ndarray:
    """The first source's right channel is `gain` times its left, in float32: 1 is mono, 0.7 near-mono."""
    changed = signals.copy()
    changed[0, :, 1] = np.float32(gain) * changed[0, :, 0]
    return changed


def padded(signals: np.ndarray, n_samples: int = 22050) -> np.ndarray:
    """Digital silence before and after."""
    return np.pad(signals, [(0, 0), (n_samples, n_samples), (0, 0)])


def eight_bits(signals: np.ndarray) -> np.ndarray:
    """Rounded to 8 bits."""
    return (np.round(signals * 128) / 128).astype(np.float32)


def _note(generator: np.random.Generator, time: np.ndarray, pitch_hz: float, decay_s: float) -> np.ndarray:
    """Harmonics of a pitch with vibrato, struck again every 0.3 to 0.6 s."""
    vibrato_hz, period_s = generator.uniform(4, 6), generator.uniform(0.3, 0.6)
    phase = 2 * np.pi * pitch_hz * time + 2 * np.sin(2 * np.pi * vibrato_hz * time)
    envelope = np.exp(-(time % period_s) / decay_s)
    harmonics = range(1, int(0.4 * RATE_HZ / pitch_hz))
    return envelope * sum(
        np.sin(h * phase + generator.uniform(0, 2 * np.pi)) / h**1.3 for h in harmonics[:60]
    )


def _stereo(generator: np.random.Generator, mono: np.ndarray, noise: float) -> np.ndarray:
    """Both channels of a source in a room, (n_samples, 2): echoes that differ, and noise of their own."""
    room = np.zeros((400, 2))
    room[0] = generator.uniform(0.5, 1, 2)
    room[generator.integers(20, 400, 6)] += generator.uniform(-0.3, 0.3, (6, 2))
    wet = scipy.signal.fftconvolve(mono[:, None], room, axes=0)[: len(mono)]
    sound = 0.1 * wet / wet.std()
    return sound + noise * 0.1 * generator.standard_normal(sound.shape)
