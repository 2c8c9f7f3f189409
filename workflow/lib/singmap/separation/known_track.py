"""What a floor or ceiling is given: a track whose sources are known, as signals and as spectra."""

from dataclasses import dataclass

import numpy as np

from singmap.separation.mixture import accompaniment_of
from singmap.spectra.settings import StftSettings
from singmap.spectra.stft import analyse_for_synthesis, synthesise

Estimates = tuple[np.ndarray, np.ndarray]  # of target and accompaniment, each (n_channels, n_samples)


@dataclass(frozen=True)
class KnownTrack:
    """A mixture, its target and the rest of it, (n_channels, n_samples) each, and the models' transform."""

    mixture: np.ndarray
    target: np.ndarray
    rest: np.ndarray
    stft: StftSettings

    def spectra(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Spectra of mixture, target and rest, complex (n_channels, n_frames, n_bins) each."""
        mixture, target, rest = (
            analyse_for_synthesis(signal, self.stft) for signal in (self.mixture, self.target, self.rest)
        )
        return mixture, target, rest

    def estimates(self, spectrum: np.ndarray) -> Estimates:
        """Audio of the target's estimate, a spectrum (n_channels, n_frames, n_bins), and of all it leaves."""
        target = synthesise(spectrum, self.stft, self.mixture.shape[-1])
        return target, accompaniment_of(self.mixture, target)
