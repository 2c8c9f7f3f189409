"""The audit finds what differs from museval and says why where nothing is wrong."""

import numpy as np
import pytest

from singmap.scoring.audit import audit_scores, choose_pairs, compare_scores
from singmap.scoring.track_scores import museval_scores

WIN = 2000
NONE = np.zeros((4, 2, 2), bool)  # is withheld


def test_pairs_are_different_and_the_same_every_time():
    systems, tracks = ["a", "b", "c"], ["s", "t"]
    pairs = choose_pairs(systems, tracks, 4)
    assert pairs == choose_pairs(systems, tracks, 4)
    assert len(set(pairs)) == 4
    assert len(set(choose_pairs(systems, tracks, 100))) == 6
    assert choose_pairs(systems, tracks, 0) == []


@pytest.fixture
def signals():
    generator = np.random.default_rng(0)
    references = generator.standard_normal((2, 5000, 2))
    return references, references + 0.5 * generator.standard_normal((2, 5000, 2))


def test_right_scores_agree_and_wrong_ones_differ(signals):
    own = museval_scores(*signals, WIN, WIN)
    table = audit_scores(own, NONE, *signals, WIN, WIN)
    assert len(table) == 8
    assert (table["verdict"] == "agrees").all()
    own[2, 1, 0] += 0.01
    table = audit_scores(own, NONE, *signals, WIN, WIN).set_index(["metric", "target"])
    assert table.loc[("SIR", 1), "verdict"] == "differs"
    assert table.loc[("SIR", 1), "difference_db"] == pytest.approx(0.01, rel=1e-3)
    assert (table["verdict"] == "differs").sum() == 1


def test_missing_number_differs():
    theirs = np.ones((4, 1, 3))
    own = theirs.copy()
    own[0, 0, 1], own[1, 0, 1] = np.nan, np.inf
    verdicts = compare_scores(own, np.zeros(own.shape, bool), theirs, theirs)["verdict"].tolist()
    assert verdicts == ["differs", "differs", "agrees", "agrees"]


def test_museval_own_movement_excuses_as_much():
    theirs = np.ones((4, 1, 1))
    movement = np.reshape([0.4, 0.6, 0.5, 0.0], (4, 1, 1))
    table = compare_scores(theirs + 0.5, np.zeros(theirs.shape, bool), theirs, theirs + movement)
    assert table["verdict"].tolist() == ["differs", "within_movement", "within_movement", "differs"]


def test_silent_tracks_agree_when_all_is_nan(signals):
    references, estimates = signals
    references[0] = 0
    table = audit_scores(np.full((4, 2, 2), np.nan), NONE, references, estimates, WIN, WIN)
    assert (table["verdict"] == "agrees").all()
    table = audit_scores(np.zeros((4, 2, 2)), NONE, references, estimates, WIN, WIN)
    assert (table["verdict"] == "differs").all()


def test_what_is_withheld_is_not_compared_and_counted(signals):
    own = museval_scores(*signals, WIN, WIN)
    withheld = NONE.copy()
    withheld[1, 0], withheld[2, 1, 0] = True, True
    own[withheld] = np.nan
    own[3, 0, 1] += 0.01
    table = audit_scores(own, withheld, *signals, WIN, WIN).set_index(["metric", "target"])
    assert table["verdict"].value_counts().to_dict() == {"agrees": 6, "withheld": 1, "differs": 1}
    assert table.loc[("ISR", 0), ["verdict", "n_withheld"]].tolist() == ["withheld", 2]
    assert table.loc[("SIR", 1), ["verdict", "n_withheld"]].tolist() == ["agrees", 1]
    assert table.loc[("SAR", 0), "verdict"] == "differs"
