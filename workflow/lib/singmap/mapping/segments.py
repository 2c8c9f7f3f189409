"""Which frames of the test tracks are examined: the loudest stretches of the target in each track.

With others of their tracks, which the mappings are not fitted to, they are gathered in one array: all else
of the tracks is not looked at again.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from singmap.files.tables import Segments, columns, rows_of
from singmap.runtime.errors import REBUILD, InputError
from singmap.runtime.logs import tell_user
from singmap.spectra.cache import Rows

UNSEEN_FRAMES_MAX = 1000  # of a track, evenly spread: enough for a stable error
ENERGY_FRAMES = 512  # that are in memory at a time


def frame_energy(magnitudes: Rows, first: int, n_frames: int) -> NDArray[np.float64]:
    """Energy of each of `n_frames` frames from row `first` on, a bounded number of them in memory."""
    # Filled in place: small arrays that stay between large ones that go would break up the memory.
    energy = np.empty(n_frames)
    for start in range(0, n_frames, ENERGY_FRAMES):
        part = slice(start, min(start + ENERGY_FRAMES, n_frames))
        block = magnitudes[first + part.start : first + part.stop]
        np.square(block, dtype=np.float32).sum(axis=1, dtype=np.float64, out=energy[part])
    return energy


def loudest_stretches(energy: np.ndarray, n_frames: int, count: int) -> list[int]:
    """First frames of up to `count` disjoint stretches of `n_frames`, loudest first.

    `energy` is the target's energy in each frame of a track; silent stretches are not taken.
    """
    cumulated = np.concatenate([[0.0], np.cumsum(energy, dtype=np.float64)])
    sums = cumulated[n_frames:] - cumulated[:-n_frames]
    starts: list[int] = []
    while len(starts) < count and len(sums) and sums.max() > 0:
        start = int(np.argmax(sums))
        starts.append(start)
        sums[max(0, start - n_frames + 1) : start + n_frames] = 0
    return starts


def select_segments(
    index: pd.DataFrame,
    target: Rows,
    n_frames: int,
    per_track: int,
    tracks_max: int | None = None,
) -> pd.DataFrame:
    """Choose the examined segments of all tracks.

    Parameters
    ----------
    index : the table SpectraIndex, about the rows of `target`
    target : (n_frames_total, n_bins) target magnitudes
    tracks_max : examine only the first so many tracks of the index that have sound of the target; None: all

    Returns the table Segments but for its last column; first_frame counts rows of `target`, and the track's
    own range is repeated, so that its unseen frames can be found. Tracks that are shorter than a segment, and
    those where the target is silent, are left out, aloud. Raises InputError when no track is left.
    """
    rows = []
    examined = 0
    track: Any
    for track in index.itertuples():
        if examined == tracks_max:
            break
        if track.n_frames < n_frames:
            tell_user(f"[select segments] {track.track}: {track.n_frames} frames are too short, not examined")
            continue
        energy = frame_energy(target, track.first_frame, track.n_frames)
        starts = loudest_stretches(energy, n_frames, per_track)
        if not starts:
            tell_user(f"[select segments] {track.track}: target silent throughout, not examined")
        examined += bool(starts)
        whole = track.first_frame, track.n_frames
        names = track.track_id, track.track
        rows += [(*names, track.first_frame + start, n_frames, *whole) for start in starts]
    if not rows:
        expected = f"a track of at least {n_frames} frames with sound of the target"
        remedy = "choose another dataset.test, or lower mapping.segment_frames"
        raise InputError("test tracks", expected, f"none in {len(index)}", remedy)
    table = pd.DataFrame(rows, columns=columns(Segments)[1:-1])
    table.insert(0, "segment", range(len(table)))
    return table


def gathered(segments: pd.DataFrame, hop_s: float) -> tuple[pd.DataFrame, list[NDArray[np.int64]]]:
    """The table of segments about an array that holds no more of the tracks than is examined.

    segments : as `select_segments` gives it; hop_s : from frame to frame
    Returns the table Segments, in which a track is what is left of it, and for each of its rows the frames
    that follow one another in that array: the segment's own among others of its track, in their order.
    """
    frames, places = [], []
    for row in rows_of(segments):
        own = np.arange(row.first_frame, row.first_frame + row.n_frames)
        frames.append(np.union1d(own, _unseen_numbers(row, UNSEEN_FRAMES_MAX)))
        places.append(int(np.searchsorted(frames[-1], row.first_frame)))
    sizes = np.array([len(numbers) for numbers in frames])
    begins = np.cumsum(sizes) - sizes
    table = segments.assign(
        start_s=(segments["first_frame"] - segments["track_first_frame"]) * hop_s,
        first_frame=begins + places,
        track_first_frame=begins,
        track_n_frames=sizes,
    )
    return table[columns(Segments)], frames


def fitted_frames(segment: Any, spectra: Rows) -> np.ndarray:
    """The segment's own frames (n_frames, n_bins), which mappings are fitted to, as float32.

    `segment` is a row of the table of segments, as its ``itertuples`` gives it.
    """
    found = np.asarray(
        spectra[segment.first_frame : segment.first_frame + segment.n_frames], dtype=np.float32
    )
    if len(found) != segment.n_frames:
        where, expected = str(getattr(spectra, "path", "spectra")), f"the frames of segment {segment.segment}"
        raise InputError(where, expected, f"{len(spectra)} frames in all", REBUILD)
    return found


def unseen_frames(segment: Any, spectra: Rows, limit: int = UNSEEN_FRAMES_MAX) -> np.ndarray:
    """Up to `limit` other frames of the segment's track, evenly spread, as float32 (n_frames, n_bins)."""
    return np.asarray(spectra[_unseen_numbers(segment, limit)], dtype=np.float32)


def _unseen_numbers(segment: Any, limit: int) -> NDArray[np.int64]:
    own = range(segment.first_frame, segment.first_frame + segment.n_frames)
    track = range(segment.track_first_frame, segment.track_first_frame + segment.track_n_frames)
    unseen = np.array([frame for frame in track if frame not in own], dtype=int)
    if len(unseen) > limit:
        unseen = unseen[np.linspace(0, len(unseen) - 1, limit).astype(int)]
    return unseen
