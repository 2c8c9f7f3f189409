"""Scores as tables and as museval's JSON; how the field sums up: median of score frames, of tracks."""

import numpy as np
import pandas as pd

from singmap.files.tables import FrameScores, columns
from singmap.scoring.correlations import Floats
from singmap.scoring.track_scores import METRICS


def score_frame_table(
    scores: Floats,
    system: str,
    track_id: str,
    track: str,
    targets: list[str],
    hop_s: float,
    flags: list[str],
) -> pd.DataFrame:
    """Lay out scores (4, n_targets, n_score_frames) in dB as the table FrameScores; flags joined by ';'."""
    metric, target, score_frame = (axis.ravel() for axis in np.indices(scores.shape))
    return pd.DataFrame(
        {
            "system": system,
            "track_id": track_id,
            "track": track,
            "target": np.array(targets)[target],
            "metric": np.array(METRICS)[metric],
            "frame": score_frame,
            "time_s": score_frame * hop_s,
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


def track_table(frame_scores: pd.DataFrame) -> pd.DataFrame:
    """Median over score frames of the table FrameScores: the table Scores.

    As in museval's track store an infinite score counts as missing. n_nan and n_inf count the score
    frames that the median leaves out, of n_frames.
    """
    value = frame_scores["value"]
    counted = frame_scores.assign(
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


def scores_of_system(frame_scores: pd.DataFrame, system: str, targets: list[str]) -> Floats:
    """Scores (4, n_targets, n_score_frames) of one system from a track's rows of the table FrameScores."""
    rows = (
        frame_scores[frame_scores["system"] == system]
        .set_index(["metric", "target", "frame"])["value"]
        .sort_index()
    )
    return np.array([[rows[metric, target].to_numpy() for target in targets] for metric in METRICS])
