"""Scores track by track: means over seeds in their place, gaps where there is no score."""

import numpy as np

from singmap.report.track_scores import track_scores
from tests.helpers import study_tables


def test_every_number_stands_at_its_look_track_and_system():
    scores = study_tables.scores(n_tracks=2)
    scores.loc[scores["model"] == "irm", "value"] = np.inf
    scores.loc[(scores["model"] == "dae") & (scores["track_id"] == "song_1"), "value"] = np.nan
    found = track_scores(scores, ["SDR"])
    assert found["looks"] == ["vocals SDR", "accompaniment SDR"]
    assert found["systems"] == ["mixture", "dae", "mdae", "sf", "ideal ratio mask"]
    assert found["tracks"] == [("song_0", "Song 0"), ("song_1", "Song 1")]
    for look, block in zip(found["looks"], found["values"], strict=True):
        assert [row[4] for row in block] == [None, None], "infinite"
        assert block[1][1] is None, "missing"
        target, metric = look.split()
        own = scores[(scores["target"] == target) & (scores["metric"] == metric) & (scores["model"] == "sf")]
        expected = own[own["track_id"] == "song_0"]["value"].mean()
        assert block[0][3] == round(expected, 2)
