"""Two sources whose separation is known to be possible, and how well an estimate fits one."""

import numpy as np

from singmap.separation.known_track import KnownTrack
from singmap.spectra.settings import StftSettings

STFT = StftSettings("hamming", 512, 512, 128)
N_SAMPLES = 20000


def two_bands() -> tuple[np.ndarray, np.ndarray]:
    """A low and a high band of noise, panned apart: (2, N_SAMPLES) float32 each."""
    noise = np.random.default_rng(0).standard_normal((2, N_SAMPLES))
    low = np.fft.irfft(np.fft.rfft(noise[0]) * (np.arange(N_SAMPLES // 2 + 1) < 2500), N_SAMPLES)
    high = np.fft.irfft(np.fft.rfft(noise[1]) * (np.arange(N_SAMPLES // 2 + 1) > 3000), N_SAMPLES)
    return np.outer([1, 0.6], low).astype(np.float32), np.outer([0.5, 1], high).astype(np.float32)


def known_track() -> KnownTrack:
    """The low band as target in the mixture of both."""
    target, rest = two_bands()
    return KnownTrack(target + rest, lambda: (target, rest), STFT)


def whole_spectra(track: KnownTrack) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spectra of a track's mixture, target and rest, (n_channels, n_frames, n_bins) each, all frames."""
    mixture, target, rest = (np.concatenate(blocks, axis=1) for blocks in zip(*track.spectra(), strict=True))
    return mixture, target, rest


def snr_db(estimate: np.ndarray, truth: np.ndarray) -> float:
    """Power of the truth over that of the estimate's error."""
    return 10 * np.log10(np.sum(truth**2) / np.sum((estimate - truth) ** 2))
