"""What a floor or ceiling is given: a track whose sources are known, as signals and as blocks of spectra."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from singmap.files.audio_pieces import Audio, AudioPieces
from singmap.separation.mixture import accompaniment_of
from singmap.spectra.settings import StftSettings
from singmap.spectra.stft import Spectra, spectra_blocks, synthesise, synthesise_stored

BLOCK_FRAMES = 300  # that are in memory at once, 5 MB per spectrum of a channel at the paper's setting

Estimates = tuple[Audio, Audio]  # of target and accompaniment, each (n_channels, n_samples)


@dataclass(frozen=True)
class KnownTrack:
    """A mixture, its target and the rest of it, (n_channels, n_samples) each, and the models' transform.

    read_sources : gives target and rest; called when one is first asked for, as no model does
    Signals are arrays or, in the study's jobs, read in pieces (`audio_pieces`); estimates then are, too.
    """

    mixture: Audio
    read_sources: Callable[[], tuple[Audio, Audio]]
    stft: StftSettings

    @cached_property
    def sources(self) -> tuple[Audio, Audio]:
        """Target and rest."""
        return self.read_sources()

    @property
    def target(self) -> Audio:
        """The true target."""
        return self.sources[0]

    @property
    def rest(self) -> Audio:
        """All of the mixture but the target."""
        return self.sources[1]

    def spectra(self) -> Iterator[tuple[Spectra, Spectra, Spectra]]:
        """Yield the same frames of mixture, target and rest, complex (n_channels, n_frames, n_bins) each.

        An oracle that needs sums over the whole track goes through them twice.
        """
        signals = (self.mixture, self.target, self.rest)
        mixture, target, rest = (spectra_blocks(signal, self.stft, BLOCK_FRAMES) for signal in signals)
        return zip(mixture, target, rest, strict=True)

    def estimates(self, blocks: Iterable[Spectra]) -> Estimates:
        """Audio of the target, estimated in the blocks of frames of `spectra`, and of all it leaves."""
        make = synthesise_stored if isinstance(self.mixture, AudioPieces) else synthesise
        target = make(blocks, self.stft, self.mixture.shape)
        return target, accompaniment_of(self.mixture, target)
