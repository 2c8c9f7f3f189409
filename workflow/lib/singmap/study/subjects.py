"""What is measured beside a trained model, and the test frames that all of it is measured on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from singmap.files.tables import rows_of
from singmap.mapping.bin_order import bin_order
from singmap.mapping.segments import frame_energy, loudest_stretches
from singmap.mapping.subject import ExaminedModel, examine
from singmap.models.building import new_model
from singmap.models.network import FrameModel
from singmap.spectra.cache import Frames, Rows, Spectra

UNTRAINED = "epoch0"


@dataclass(frozen=True)
class Subject:
    """One thing that is measured.

    name, weights : as the table TrackMeasures has them
    model : a function of frames, with layers where they are known
    bin_order : (n_bins,) order in which frames show their bins to the model; None: as they are
    """

    name: str
    weights: str
    model: ExaminedModel
    bin_order: NDArray[np.int64] | None = None

    def shown(self, frames: Frames) -> Frames:
        """The frames (n_frames, n_bins) as this subject sees them."""
        return frames if self.bin_order is None else frames[:, self.bin_order]


def subjects_of(
    network: FrameModel,
    seed: int,
    epochs: Mapping[int, FrameModel],
    truths: Mapping[str, FrameModel],
) -> list[Subject]:
    """A trained model and its controls.

    Parameters
    ----------
    network : trained with `seed`, from which its first weights and the order of shuffled bins are drawn
    epochs : the model as it was after some epochs
    truths : networks of the same design that were trained on known functions, by their names
    """
    trained = examine(network)
    order = bin_order(network.n_bins, seed)
    untrained = examine(new_model(network.design, network.n_bins, seed))
    return [
        Subject("trained", "best", trained),
        *(Subject("trained", f"epoch{epoch}", examine(model)) for epoch, model in epochs.items()),
        Subject("untrained", UNTRAINED, untrained),
        Subject("shuffled", "best", trained, order),
        *(Subject(name, "best", examine(model)) for name, model in truths.items()),
    ]


@dataclass(frozen=True)
class TrackFrames:
    """Frames of one test track, (n_frames, n_bins) linear magnitudes, and some of the other test tracks.

    track : row of the table SpectraIndex
    mixture, target : one after the other, without a gap
    others : mixtures of other tracks, evenly spread
    """

    track: Any
    mixture: Frames
    target: Frames
    others: Frames


def frames_of_tracks(
    spectra: Spectra, frames_max: int, others_max: int, tracks: pd.DataFrame
) -> Iterator[TrackFrames]:
    """The frames of some of the tracks: of longer ones `frames_max` in a row where the target is loudest.

    tracks : rows of ``spectra.tracks``. The others are frames of all tracks but the one; with one track alone
    there are none: (0, n_bins).
    """
    numbers = np.arange(spectra.n_frames)
    for track in rows_of(tracks):
        first, stop = track.first_frame, track.first_frame + track.n_frames
        elsewhere = numbers[(numbers < first) | (numbers >= stop)]
        chosen = np.linspace(0, len(elsewhere) - 1, min(others_max, len(elsewhere))).astype(int)
        others = np.asarray(spectra.mixture[elsewhere[chosen]], dtype=np.float32)
        first += _loudest(spectra.target, first, track.n_frames, frames_max)
        rows = slice(first, min(stop, first + frames_max))
        signals = spectra.mixture, spectra.target
        mixture, target = (np.array(signal[rows], dtype=np.float32) for signal in signals)
        yield TrackFrames(track, mixture, target, others)


def _loudest(target: Rows, first: int, n_frames: int, n_chosen: int) -> int:
    """First of the `n_chosen` frames in a row with the most energy, of `n_frames` frames from row `first` on.

    0 in a short or silent track.
    """
    if n_frames <= n_chosen:
        return 0
    return next(iter(loudest_stretches(frame_energy(target, first, n_frames), n_chosen, 1)), 0)
