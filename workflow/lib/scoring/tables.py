"""Scores as tables and as museval's JSON; the field's aggregation: median of frames, median of tracks."""

import numpy as np
import pandas as pd

from singmap.files.tables import FrameScores, columns
from singmap.scoring.correlations import Floats
from singmap.scoring.track_scores import METRICS


def frame_table(
    scores: Floats,
    system: str,
    track_id: str,
    track: str,
    targets: list[str],
    hop_s: float,
    flags: list[str],
) -> pd.DataFrame:
    """Lay out scores (4, n_targets, n_frames) in dB, one row per value; flags joined by ';'."""
    metric, target, frame = (axis.ravel() for axis in np.indices(scores.shape))
    return pd.DataFrame(
        {
            "system": system,
            "track_id": track_id,
            "track": track,
            "target": np.array(targets)[target],
            "metric": np.array(METRICS)[metric],
            "frame": frame,
            "time_s": frame * hop_s,
            "value": scores.ravel(),
            "flags": ";".join(flags),
        },
        columns=columns(FrameScores),
    )


def museval_json(scores: Floats, track: str, targets: list[str], win_s: float, hop_s: float) -> str:
    """Scores of one system and track as museval writes them (rounded to 1e-5 dB, infinity as NaN)."""
    from museval import TrackStore  # takes a second: only where it serves

    store = TrackStore(track_name=track, win=win_s, hop=hop_s)
    for index, target in enumerate(targets):
        values = {metric: scores[row, index].tolist() for row, metric in enumerate(METRICS)}
        store.add_target(target_name=target, values=values)
    text: str = store.json
    return text


def track_table(frames: pd.DataFrame) -> pd.DataFrame:
    """Median over frames, one row per system, track, target and metric.

    As in museval's track store an infinite score counts as missing. n_nan and n_inf count the frames
    that the median leaves out, of n_frames.
    """
    value = frames["value"]
    counted = frames.assign(
        value=value.where(np.isfinite(value)),
        n_nan=value.isna(),
        n_inf=np.isinf(value),
    )
    keys = ["system", "track_id", "track", "target", "metric"]
    table = counted.groupby(keys, sort=False).agg(
        value=("value", "median"),
        n_frames=("frame", "size"),
        n_nan=("n_nan", "sum"),
        n_inf=("n_inf", "sum"),
        flags=("flags", "first"),
    )
    return with_model_and_seed(table.reset_index())


def with_model_and_seed(table: pd.DataFrame) -> pd.DataFrame:
    """Split `system` into `model` and `seed`; a baseline is its own model and has no seed."""
    parts = table["system"].str.extract(r"^(?P<model>.+?)(?:_seed(?P<seed>\d+))?$")
    table = table.copy()
    place = list(table.columns).index("system")
    table.insert(place + 1, "model", parts["model"])
    table.insert(place + 2, "seed", parts["seed"].astype("Int64"))
    return table


def scores_of_system(frames: pd.DataFrame, system: str, targets: list[str]) -> Floats:
    """Scores (4, n_targets, n_frames) of one system from a track's frame table."""
    rows = frames[frames["system"] == system].set_index(["metric", "target", "frame"])["value"].sort_index()
    return np.array([[rows[metric, target].to_numpy() for target in targets] for metric in METRICS])
