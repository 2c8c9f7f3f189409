"""One interface to all that separates: trained models, the learned equaliser, oracles that know the truth.

A separator makes estimates of target and accompaniment of a track, which it reads from a KnownTrack: models
its mixture alone. Modules are loaded by name, so that an edit of one oracle, or of the models' network, makes
no other system anew.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from singmap.files.audio_format import MIXTURE, scored_sources
from singmap.files.audio_pieces import StackedAudio, WavAudio
from singmap.separation.known_track import Estimates, KnownTrack
from singmap.separation.separate import MagnitudeEstimator, separated_blocks
from singmap.spectra.settings import StftSettings

Separator = Callable[[KnownTrack], Estimates]


@dataclass(frozen=True)
class SeparatorSettings:
    """How systems separate: a name in separate.ESTIMATORS, and where networks run (`choose_device`)."""

    estimator: str = "magnitude"
    device: str = "auto"
    gpu_slots: int = 0


def load_separator(module: str, files: Sequence[Path], settings: SeparatorSettings) -> Separator:
    """The separator of a module: its `estimate`, if it is an oracle, else what its `separator` makes.

    module : full name, of an oracle, of `trained` (files: weights, provenance) or `static_filter` (gains)
    """
    found = importlib.import_module(module)
    if hasattr(found, "separator"):
        return cast(Separator, found.separator(files, settings))
    return cast(Separator, found.estimate)


def filtering(estimate: MagnitudeEstimator, settings: SeparatorSettings) -> Separator:
    """The separator that filters every mixture by the magnitudes that `estimate` makes of its own."""
    return lambda track: track.estimates(
        separated_blocks(track.mixture, estimate, track.stft, settings.estimator)
    )


def separated(
    separator: Separator, folder: Path, target: str, stft: StftSettings, n_samples: int | None = None
) -> StackedAudio:
    """Estimates of the decoded track in `folder`, (2, n_samples, n_channels): target and accompaniment.

    The track is read in pieces; what becomes of it waits in the temporary folder.
    """
    mixture = WavAudio(folder / f"{MIXTURE}.wav", n_samples)
    names, length = scored_sources(target), mixture.shape[-1]

    def sources() -> tuple[WavAudio, WavAudio]:
        of_target, rest = (WavAudio(folder / f"{name}.wav", length) for name in names)
        return of_target, rest

    return StackedAudio(separator(KnownTrack(mixture, sources, stft)))


def files_of_systems(
    weights: Sequence[Path], provenance: Sequence[Path], gains: Sequence[Path]
) -> dict[str, tuple[Path, ...]]:
    """What the separators of systems read, by system; oracles, which read nothing, are left out.

    weights, provenance : <place>/<model>/seed<seed>/<file>, in the same order
    gains : <place>/equaliser/<file>, or none
    """
    pairs = zip(weights, provenance, strict=True)
    files: dict[str, tuple[Path, ...]] = {_system_of(pair[0]): pair for pair in pairs}
    return files | {path.parent.name: (path,) for path in gains}


def _system_of(weights: Path) -> str:
    return f"{weights.parents[1].name}_{weights.parent.name}"
