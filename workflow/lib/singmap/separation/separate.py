"""From magnitude estimates to separated audio: the mixture's phase, post-filters, the accompaniment.

Every system delivers two estimates that sum to the mixture: the target, and the accompaniment as
mixture minus target. The models estimate the target alone, and the difference is the only
accompaniment that needs no further assumption; for masks it equals the complementary mask.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from singmap.files.audio_pieces import Audio
from singmap.separation.mixture import ratio_mask, with_mixture_phase
from singmap.spectra.settings import StftSettings
from singmap.spectra.stft import Spectra, spectra_blocks, synthesise

FRAMES_PER_BLOCK = 600  # that pass through model and filter at a time; bounds memory, a multiple of:
WIENER_FRAMES = 300  # per expectation-maximisation block, as in open-unmix
WIENER_ITERATIONS = 1  # as in open-unmix

Magnitude = NDArray[np.float32]
MagnitudeEstimator = Callable[[Magnitude], Magnitude]


def separate(
    mixture: NDArray[np.float32],
    estimate: MagnitudeEstimator,
    stft: StftSettings,
    estimator: str = "magnitude",
) -> NDArray[np.float32]:
    """Estimate the target's audio of a mixture.

    mixture : (n_channels, n_samples)
    estimate : maps mixture magnitudes (n_frames, n_bins), linear, to target magnitudes; it sees one
        channel at a time
    estimator : a name in ESTIMATORS
    Returns (n_channels, n_samples).
    """
    return synthesise(separated_blocks(mixture, estimate, stft, estimator), stft, mixture.shape)


def separated_blocks(
    mixture: Audio, estimate: MagnitudeEstimator, stft: StftSettings, estimator: str
) -> Iterator[Spectra]:
    """Yield the target's spectra as `separate` estimates them, block by block."""
    for block in mixture_blocks(mixture, stft):
        yield filtered(block, np.stack([estimate(np.abs(channel)) for channel in block]), estimator)


def mixture_blocks(mixture: Audio, stft: StftSettings) -> Iterator[Spectra]:
    """Yield what models and filters see at a time, spectra (n_channels, up to FRAMES_PER_BLOCK, n_bins)."""
    return spectra_blocks(mixture, stft, FRAMES_PER_BLOCK)


def filtered(block: Spectra, magnitude: Magnitude, estimator: str) -> Spectra:
    """The target's spectra by a name in ESTIMATORS; all (n_channels, n_frames, n_bins).

    magnitude : estimate of the target's; negative values count as silence
    """
    return ESTIMATORS[estimator](block, np.maximum(magnitude, 0))


def masked(spectrum: Spectra, magnitude: Magnitude) -> Spectra:
    """Filter `spectrum` with the ratio mask of `magnitude` and what it leaves of the mixture."""
    return spectrum * ratio_mask(magnitude, _rest(spectrum, magnitude))


def wiener_filtered(spectrum: Spectra, magnitude: Magnitude) -> Spectra:
    """Multichannel Wiener filter (`norbert`) of target and rest, (n_channels, n_frames, n_bins).

    Expectation-maximisation starts from the magnitudes with the mixture's phase and runs on blocks
    of frames, with the block length and the number of iterations of open-unmix.
    """
    import norbert  # takes half a second: only where it serves

    both = np.stack([magnitude, _rest(spectrum, magnitude)], axis=-1)
    target = np.empty_like(spectrum)
    for first in range(0, spectrum.shape[1], WIENER_FRAMES):
        block = np.s_[:, first : first + WIENER_FRAMES]
        sources = norbert.wiener(
            both[block].transpose(1, 2, 0, 3).astype(np.float64),
            spectrum[block].transpose(1, 2, 0).astype(np.complex128),
            iterations=WIENER_ITERATIONS,
            use_softmask=False,
        )
        target[block] = sources[..., 0].transpose(2, 0, 1)
    return target


ESTIMATORS = {"magnitude": with_mixture_phase, "ratio_mask": masked, "wiener": wiener_filtered}


def _rest(spectrum: Spectra, magnitude: Magnitude) -> Magnitude:
    return np.maximum(np.abs(spectrum) - magnitude, 0)
