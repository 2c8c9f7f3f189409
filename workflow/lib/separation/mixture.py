"""What models and oracles share: the mixture's phase, the ratio mask, the accompaniment."""

import numpy as np

MASK_EXPONENT = 2  # power ratios, as `IRM2` of the SiSEC 2018 oracles


def with_mixture_phase(spectrum: np.ndarray, magnitude: np.ndarray) -> np.ndarray:
    """Give `magnitude` the phase of `spectrum`, both (..., n_frames, n_bins); silence stays silent.

    So does what is below the smallest normal number: its reciprocal overflows.
    """
    modulus = np.abs(spectrum)
    is_normal = modulus >= np.finfo(modulus.dtype).smallest_normal
    reciprocal = np.divide(1, modulus, out=np.zeros_like(modulus), where=is_normal)
    return spectrum * reciprocal * magnitude


def ratio_mask(target: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Share of the target in the power of both magnitudes; 0 where both are silent."""
    target_power, rest_power = target**MASK_EXPONENT, rest**MASK_EXPONENT
    total = target_power + rest_power
    return np.divide(target_power, total, out=np.zeros_like(total), where=total > 0)


def accompaniment_of(mixture: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The estimate of all other sources: mixture minus target estimate, both (n_channels, n_samples)."""
    return (mixture - target).astype(np.float32)
