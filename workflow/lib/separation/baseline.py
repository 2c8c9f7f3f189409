"""Floors and ceilings: estimates of the target that need no training but, the mixture aside, the truth.

Each works on the short-time spectra that the models see, so the differences between a model and
its ceilings come from the magnitudes alone. Definitions follow the SiSEC 2018 oracles
(github.com/sigsep/sigsep-mus-oracle).
"""

import numpy as np

from singmap.separation.mixture import accompaniment_of, ratio_mask, with_mixture_phase
from singmap.spectra.stft import StftSettings, analyse_for_synthesis, synthesise

IBM_THRESHOLD = 0.5  # the share of the power above which a bin belongs to the target


def ideal_ratio_mask(mixture: np.ndarray, target: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """The target's share of the power, per channel, frame and bin, times the mixture."""
    return mixture * ratio_mask(np.abs(target), np.abs(rest))


def ideal_binary_mask(mixture: np.ndarray, target: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """The mixture wherever the target is stronger than the rest."""
    return mixture * (ratio_mask(np.abs(target), np.abs(rest)) > IBM_THRESHOLD)


def diagonal_filter(mixture: np.ndarray, target: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """One gain a bin for the whole track: the scalar filter that the paper speaks of.

    The gains minimise the squared error between gain * |mixture| and |target| over all frames and
    channels; they are what a purely diagonal mapping of magnitudes can reach at best.
    """
    magnitude = np.abs(mixture)
    frames_and_channels = tuple(range(mixture.ndim - 1))
    product = np.sum(magnitude * np.abs(target), axis=frames_and_channels, dtype=np.float64)
    energy = np.sum(magnitude**2, axis=frames_and_channels, dtype=np.float64)
    gains = np.divide(product, energy, out=np.zeros_like(energy), where=energy > 0)
    return mixture * gains.astype(magnitude.dtype)


def magnitude_oracle(mixture: np.ndarray, target: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """The target's true magnitude with the mixture's phase: the models' own recipe without their error."""
    return with_mixture_phase(mixture, np.abs(target))


ORACLES = {
    "irm": ideal_ratio_mask,
    "ibm": ideal_binary_mask,
    "diagonal_filter": diagonal_filter,
    "magnitude_oracle": magnitude_oracle,
}
MIXTURE = "mixture"  # the floor: the unprocessed mixture stands for the target and for the accompaniment
BASELINES = (MIXTURE, *ORACLES)


def baseline_estimates(
    name: str, mixture: np.ndarray, target: np.ndarray, rest: np.ndarray, stft: StftSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Estimates of target and accompaniment by the baseline `name`; all (n_channels, n_samples)."""
    if name == MIXTURE:
        return mixture, mixture
    spectra = (analyse_for_synthesis(signal, stft) for signal in (mixture, target, rest))
    estimate = synthesise(ORACLES[name](*spectra), stft, mixture.shape[-1])
    return estimate, accompaniment_of(mixture, estimate)
