"""Scores as tables and as museval's JSON; how the field sums up: median of score frames, of tracks."""

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from singmap.files.tables import FrameScores, WholeTrackScores, columns
from singmap.scoring.bsseval import Flags
from singmap.scoring.correlations import Floats
from singmap.scoring.track_scores import ILL_CONDITIONED, METRICS, TrackScores
from singmap.scoring.whole_track import WHOLE_TRACK_METRICS

MUSEVAL_ORDER = ("SDR", "SIR", "SAR", "ISR")  # of the metrics in its files


def score_frame_table(
    scores: TrackScores, system: str, track_id: str, track: str, targets: list[str], hop_s: float
) -> pd.DataFrame:
    """Lay out the scores of a track as the table FrameScores; flags joined by ';'."""
    metric, target, score_frame = (axis.ravel() for axis in np.indices(scores.values.shape))
    of_withheld = ";".join([*scores.flags, ILL_CONDITIONED])
    return pd.DataFrame(
        {
            "system": system,
            "track_id": track_id,
            "track": track,
            "target": np.array(targets)[target],
            "metric": np.array(METRICS)[metric],
            "frame": score_frame,
            "time_s": score_frame * hop_s,
            "value": scores.values.ravel(),
            "flags": np.where(scores.withheld.ravel(), of_withheld, ";".join(scores.flags)),
        },
        columns=columns(FrameScores),
    )


def museval_json(scores: Floats, targets: list[str], win_s: float, hop_s: float) -> str:
    """Scores of one system and track as museval writes them (rounded to 1e-5 dB, infinity as NaN)."""
    rows = [METRICS.index(metric) for metric in MUSEVAL_ORDER]
    values = np.moveaxis(scores[rows], 0, 2).ravel().tolist()  # by target, score frame and metric
    layout = _museval_layout(scores.shape[2], tuple(targets), win_s, hop_s)
    return layout % tuple(f"{value:.5f}" if math.isfinite(value) else "NaN" for value in values)


@functools.lru_cache
def _museval_layout(n_frames: int, targets: tuple[str, ...], win_s: float, hop_s: float) -> str:
    """The JSON of museval's own store with a place for every number; to make one takes milliseconds."""
    from museval import TrackStore  # takes a second: only where it serves

    store = TrackStore(track_name="", win=win_s, hop=hop_s)
    for target in targets:
        store.add_target(target_name=target, values=dict.fromkeys(METRICS, [0.0] * n_frames))
    text: str = store.json
    return text.replace("%", "%%").replace(": 0.00000", ": %s")


def track_table(frame_scores: pd.DataFrame) -> pd.DataFrame:
    """Median over score frames of the table FrameScores: the table Scores.

    As in museval's track store an infinite score counts as missing. n_nan, n_inf and n_withheld count the
    score frames that the median leaves out, of n_frames.
    """
    frame_scores = frame_scores.reset_index(drop=True)
    value, withheld = frame_scores["value"], is_withheld(frame_scores)
    flags = frame_scores["flags"].fillna("")
    counted = frame_scores.assign(
        value=value.where(np.isfinite(value)),
        n_nan=value.isna() & ~withheld,
        n_inf=np.isinf(value),
        n_withheld=withheld,
        flags=flags,
        flag_characters=flags.str.len(),
    )
    keys = ["system", "track_id", "track", "target", "metric"]
    groups = counted.groupby(keys, sort=False)
    table = groups.agg(
        value=("value", "median"),
        n_frames=("frame", "size"),
        n_nan=("n_nan", "sum"),
        n_inf=("n_inf", "sum"),
        n_withheld=("n_withheld", "sum"),
    )
    # All flags of a track's score frames: they differ in one, which some have beside the track's own.
    table["flags"] = flags[groups["flag_characters"].idxmax()].to_numpy()
    return with_model_and_seed(table.reset_index())


def whole_track_table(
    scores: Floats, system: str, track_id: str, track: str, targets: list[str]
) -> pd.DataFrame:
    """Lay out scores of whole tracks (2, n_targets) in dB as the table WholeTrackScores."""
    metric, target = (axis.ravel() for axis in np.indices(scores.shape))
    return pd.DataFrame(
        {
            "system": system,
            "track_id": track_id,
            "track": track,
            "target": np.array(targets)[target],
            "metric": np.array(WHOLE_TRACK_METRICS)[metric],
            "value": scores.ravel(),
        },
        columns=columns(WholeTrackScores),
    )


def as_track_table(whole_tracks: pd.DataFrame) -> pd.DataFrame:
    """The table WholeTrackScores as rows of the table Scores: one frame each, infinity counted as missing."""
    value = whole_tracks["value"]
    table = whole_tracks.assign(
        value=value.where(np.isfinite(value)),
        n_frames=1,
        n_nan=value.isna().astype(int),
        n_inf=np.isinf(value).astype(int),
        n_withheld=0,
        flags="",
    )
    return with_model_and_seed(table)


def is_withheld(frame_scores: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows of the table FrameScores have a score that is withheld."""
    return frame_scores["flags"].fillna("").str.contains(ILL_CONDITIONED, regex=False)


def with_model_and_seed(table: pd.DataFrame) -> pd.DataFrame:
    """Split `system` into `model` and `seed`; a baseline is its own model and has no seed."""
    parts = table["system"].str.extract(r"^(?P<model>.+?)(?:_seed(?P<seed>\d+))?$")
    table = table.copy()
    place = list(table.columns).index("system")
    table.insert(place + 1, "model", parts["model"])
    table.insert(place + 2, "seed", parts["seed"].astype("Int64"))
    return table


def scores_by_track(frame_scores: pd.DataFrame, targets: list[str]) -> Iterator[tuple[str, Floats]]:
    """Yield names and scores (4, n_targets, n_score_frames) of all tracks in a system's FrameScores."""
    order = {"track": pd.unique(frame_scores["track"]), "metric": METRICS, "target": targets}
    keys = {name: pd.Categorical(frame_scores[name], values) for name, values in order.items()}
    rows = frame_scores[["frame", "value"]].assign(**keys).sort_values([*order, "frame"])
    values, shape = rows["value"].to_numpy(), (len(METRICS), len(targets), -1)
    sizes = rows.groupby("track", observed=True).size()
    for name, stop, size in zip(sizes.index, sizes.cumsum(), sizes, strict=True):
        yield str(name), values[stop - size : stop].reshape(shape)


def scores_of_system(frame_scores: pd.DataFrame, system: str, targets: list[str]) -> Floats:
    """Scores (4, n_targets, n_score_frames) of one system from a track's rows of the table FrameScores."""
    return _laid_out(frame_scores[frame_scores["system"] == system], "value", targets)


def withheld_of_system(frame_scores: pd.DataFrame, system: str, targets: list[str]) -> Flags:
    """Which scores of one system are withheld, as `scores_of_system` lays them out."""
    rows = frame_scores[frame_scores["system"] == system]
    return _laid_out(rows.assign(withheld=is_withheld(rows)), "withheld", targets)


def _laid_out(rows: pd.DataFrame, column: str, targets: list[str]) -> NDArray[Any]:
    values = rows.set_index(["metric", "target", "frame"])[column].sort_index()
    return np.array([[values[metric, target].to_numpy() for target in targets] for metric in METRICS])
