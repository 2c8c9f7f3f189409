"""Which frames of the test tracks are examined: the loudest stretches of the target in each track."""

from typing import Any

import numpy as np
import pandas as pd

from singmap.files.tables import Segments, columns
from singmap.runtime.errors import REBUILD, InputError
from singmap.runtime.logs import tell_user
from singmap.spectra.cache import Magnitudes

UNSEEN_FRAMES_MAX = 1000  # of a track, evenly spread: enough for a stable error


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
    target: np.ndarray | Magnitudes,
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

    Returns the table Segments; first_frame counts rows of `target`, and the track's own range is repeated,
    so that its unseen frames can be found. Tracks that are shorter than a segment, and those where the target
    is silent, are left out, aloud. Raises InputError when no track is left.
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
        stretch = slice(track.first_frame, track.first_frame + track.n_frames)
        energy = np.square(target[stretch], dtype=np.float32).sum(axis=1, dtype=np.float64)
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
    table = pd.DataFrame(rows, columns=columns(Segments)[1:])
    table.insert(0, "segment", range(len(table)))
    return table


def fitted_frames(segment: Any, spectra: np.ndarray | Magnitudes) -> np.ndarray:
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


def unseen_frames(
    segment: Any, spectra: np.ndarray | Magnitudes, limit: int = UNSEEN_FRAMES_MAX
) -> np.ndarray:
    """Up to `limit` other frames of the segment's track, evenly spread, as float32 (n_frames, n_bins)."""
    own = range(segment.first_frame, segment.first_frame + segment.n_frames)
    track = range(segment.track_first_frame, segment.track_first_frame + segment.track_n_frames)
    unseen = np.array([frame for frame in track if frame not in own], dtype=int)
    if len(unseen) > limit:
        unseen = unseen[np.linspace(0, len(unseen) - 1, limit).astype(int)]
    return np.asarray(spectra[unseen], dtype=np.float32)
