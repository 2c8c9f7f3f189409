"""Planted mappings: a mark per network at what was found of it."""

import pandas as pd
import pytest

from singmap.report.figures import trust
from singmap.report.trusted import SIMILARITY_MIN


def planted(
    found: float, true: float, truth: str = "dense", method: str = "nca", n_frames: int = 9
) -> pd.DataFrame:
    """A row of planted.csv: the found and the true share of squared weight on the diagonal."""
    row = {"n_bins": 32, "n_frames": n_frames, "truth": truth, "build": "direct", "method": method}
    return pd.DataFrame([row | {"similarity": 0.5, "diagonal_share": found, "true_diagonal_share": true}])


@pytest.fixture
def table():
    rows = [
        planted(0.9, true_share, truth, method, n_frames).assign(similarity=similarity, build=build)
        for n_frames in (9, 150)
        for truth, true_share, build in (("identity", 1.0, "direct"), ("dense", 0.1, "hidden"))
        for method, similarity in (("nca", 0.4), ("jacobian", 1.0))
    ]
    return trust.planted_table(pd.concat(rows, ignore_index=True))


def test_marks_lie_at_cosine_and_leaning_in_their_methods_row(table):
    cosines, leanings = trust.draw_planted(table).axes[:2]
    assert [label.get_text() for label in cosines.get_yticklabels()] == ["NCA", "Jacobian"]
    drawn = {(round(line.get_ydata()[0]), line.get_xdata()[0]) for line in cosines.lines}
    assert drawn == {(0, 0.4), (1, 1.0)}
    leaning = sorted(round(line.get_xdata()[0], 6) for line in leanings.lines if line.get_marker() != "None")
    assert leaning == pytest.approx([-0.1, -0.1, 0.8, 0.8])


def test_truths_differ_by_marker_and_hidden_ones_are_hollow(table):
    ax = trust.draw_planted(table).axes[0]
    faces = {line.get_marker(): line.get_markerfacecolor() for line in ax.lines}
    assert len(faces) == 2
    assert sorted(face == "white" for face in faces.values()) == [False, True]


def test_each_size_has_a_row_of_panels_and_the_trusted_part_is_shaded(table):
    figure = trust.draw_planted(table)
    assert [ax.get_title() for ax in figure.axes[::2]] == ["32 bins, 9 frames", "32 bins, 150 frames"]
    for ax in figure.axes[::2]:
        (shade,) = ax.patches
        assert shade.get_x() == SIMILARITY_MIN
