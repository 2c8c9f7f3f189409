"""What models and oracles share: the mixture's phase, the ratio mask, the accompaniment."""

import numpy as np
from numpy.typing import NDArray

from singmap.files.audio_pieces import Audio

MASK_EXPONENT = 2  # power ratios, as `IRM2` of the SiSEC 2018 oracles


def with_mixture_phase(
    spectrum: NDArray[np.complex64], magnitude: NDArray[np.float32]
) -> NDArray[np.complex64]:
    """Give `magnitude` the phase of `spectrum`, both (..., n_frames, n_bins); silence stays silent.

    So does what is below the smallest normal number: its reciprocal overflows.
    """
    modulus = np.abs(spectrum)
    is_normal = modulus >= np.finfo(modulus.dtype).smallest_normal
    reciprocal = np.divide(1, modulus, out=np.zeros_like(modulus), where=is_normal)
    return spectrum * reciprocal * magnitude


def ratio_mask(target: NDArray[np.float32], rest: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of the target in the power of both magnitudes; 0 where both are silent."""
    target_power, rest_power = target**MASK_EXPONENT, rest**MASK_EXPONENT
    total = target_power + rest_power
    mask: NDArray[np.float32] = np.divide(target_power, total, out=np.zeros_like(total), where=total > 0)
    return mask


def accompaniment_of(mixture: Audio, target: Audio) -> Audio:
    """The estimate of all other sources: mixture minus target estimate, both (n_channels, n_samples).

    Of a mixture that is read in pieces, so is what is left.
    """
    return mixture - target
