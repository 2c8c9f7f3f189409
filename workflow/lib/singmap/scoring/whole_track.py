"""Scores of whole tracks without any filter, by which newer papers compare: uSDR and SI-SDR.

With s the true source and y its estimate, sums over all samples and both channels of the track,

    uSDR   = 10 log10 ((sum s^2 + DELTA) / (sum (s - y)^2 + DELTA))
    SI-SDR = 10 log10 (sum (a s)^2 / sum (a s - y)^2),   a = sum s y / sum s^2.

uSDR is the score of the Music Demixing Challenge (Mitsufuji et al. 2022); DELTA is that of its own code.
SI-SDR (Le Roux et al. 2019) is defined for one channel. Here both channels are one signal with one gain,
because a gain for each would forgive a wrong place in stereo, and a silent channel has none. No mean is
subtracted.
"""

from collections.abc import Iterator

import numpy as np

from singmap.scoring.correlations import Floats, Signals

WHOLE_TRACK_METRICS = ("uSDR", "SI-SDR")
DELTA = 1e-7
BLOCK_SAMPLES = 1 << 18  # bounds memory: 4 MB a signal


def whole_track_scores(references: Signals, estimates: Signals) -> Floats:
    """Scores (2, n_targets) in dB, in the order of WHOLE_TRACK_METRICS.

    Signals are (n_targets, n_samples, n_channels). NaN where a reference is silent, and for SI-SDR where an
    estimate is; infinity for an estimate that is its reference up to a gain, minus infinity for one that
    has nothing of it.
    """
    pairs = zip(references, estimates, strict=True)
    return np.array([(usdr(true, found), si_sdr(true, found)) for true, found in pairs]).T


def usdr(reference: Signals, estimate: Signals) -> float:
    """Challenge's SDR in dB of one source (n_samples, n_channels)."""
    energy = _energy(reference)
    if energy == 0:
        return np.nan
    return float(10 * np.log10((energy + DELTA) / (_energy(reference, estimate) + DELTA)))


def si_sdr(reference: Signals, estimate: Signals) -> float:
    """Scale-invariant SDR in dB of one source (n_samples, n_channels), one gain for all channels."""
    energy = _energy(reference)
    if energy == 0:
        return np.nan
    gain = sum(float(np.vdot(true, found)) for true, found in _blocks(reference, estimate)) / energy
    distortion = _energy(reference, estimate, gain)
    with np.errstate(divide="ignore", invalid="ignore"):  # silence over silence is NaN
        return float(10 * np.log10(np.divide(gain**2 * energy, distortion)))


def _energy(reference: Signals, estimate: Signals | None = None, gain: float = 1.0) -> float:
    """Sum over samples and channels of (gain * reference - estimate)^2, the estimate None for nothing."""
    if estimate is None:
        return sum(float(np.vdot(true, true)) for true, _ in _blocks(reference, reference))
    errors = (gain * true - found for true, found in _blocks(reference, estimate))
    return sum(float(np.vdot(error, error)) for error in errors)


def _blocks(*signals: Signals) -> Iterator[list[Floats]]:
    """The same stretch of all signals as float64, one after the other."""
    for start in range(0, len(signals[0]), BLOCK_SAMPLES):
        yield [np.asarray(signal[start : start + BLOCK_SAMPLES], dtype=np.float64) for signal in signals]
