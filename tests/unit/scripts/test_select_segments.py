"""The segments that are examined: within their tracks, where the target is loudest."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import Segments, SpectraIndex, columns
from workflow.scripts import select_segments


@pytest.mark.parametrize(("tracks_max", "tracks"), [(None, ["a", "b"]), (1, ["a"])])
def test_segments_lie_where_the_target_is_loudest_in_their_track(tmp_path, tracks_max, tracks):
    index = pd.DataFrame([("a", "A", 0, 25), ("b", "B", 25, 35)], columns=columns(SpectraIndex))
    index.to_csv(tmp_path / "index.csv", index=False)
    target = np.full((60, 3), 0.1, np.float32)
    target[5:15] = target[45:55] = 1
    np.save(tmp_path / "target.npy", target)
    select_segments.main(
        index=tmp_path / "index.csv",
        target=tmp_path / "target.npy",
        segments=tmp_path / "segments.csv",
        settings={"segment_frames": 10, "segments_per_track": 1, "tracks_max": tracks_max},
    )
    table = pd.read_csv(tmp_path / "segments.csv")
    assert list(table.columns) == columns(Segments)
    assert table["track_id"].tolist() == tracks
    assert table["first_frame"].tolist() == [5, 45][: len(tracks)]
