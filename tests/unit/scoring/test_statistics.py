"""Statistics: planted differences are found, absent ones are not, small samples are called small."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import Statistics, columns
from singmap.scoring.statistics import compare_systems, level_table

RESAMPLING = (500, 0.95, 0)


def planted(difference, n_tracks=20, n_seeds=3, seed=0):
    """Scores of models a and b on the same tracks, b lower by `difference` dB, and of a baseline at 0 dB."""
    generator = np.random.default_rng(seed)
    track_level = generator.normal(4, 4, n_tracks)
    rows = [
        ("a", seed, track, track_level[track] + generator.normal(0, 0.5))
        for seed in range(n_seeds)
        for track in range(n_tracks)
    ] + [
        ("b", seed, track, track_level[track] - difference + generator.normal(0, 0.5))
        for seed in range(n_seeds)
        for track in range(n_tracks)
    ]
    rows += [("mixture", None, track, track_level[track] - 9) for track in range(n_tracks)]
    table = pd.DataFrame(rows, columns=["model", "seed", "track_id", "value"])
    return table.assign(target="vocals", metric="SDR", n_frames=6, n_nan=0, n_inf=0, n_withheld=0, flags=None)


def compared(table, *names):
    result = compare_systems(table, ["mixture"], *RESAMPLING)
    assert result.columns.tolist() == columns(Statistics)
    return result.set_index(["system_a", "system_b"]).loc[names]


def test_planted_difference_is_found():
    row = compared(planted(1.0), "a", "b")
    assert row["median"] == pytest.approx(1.0, abs=0.3)
    assert 0 < row["low"] < row["median"] < row["high"] < 2
    assert row["p_holm"] < 0.001
    assert (row["n_tracks"], row["n_seeds_a"], row["n_seeds_b"]) == (20, 3, 3)


def test_with_a_reference_models_are_compared_with_it_and_with_baselines():
    table = planted(1.0)
    third = table[table["model"] == "a"].assign(model="c")
    found = compare_systems(pd.concat([table, third]), ["mixture"], *RESAMPLING, reference="b")
    pairs = [("a", "b"), ("c", "b"), ("a", "mixture"), ("b", "mixture"), ("c", "mixture")]
    assert list(zip(found["system_a"], found["system_b"], strict=True)) == pairs
    assert found["median"].iloc[0] == compared(table, "a", "b")["median"]


def test_absent_difference_is_found_no_more_often_than_allowed():
    """40 draws without a difference: at 5 % two are expected; eight or more have odds of 1 in 1000."""
    rejected = uncovered = 0
    for seed in range(40):
        models = planted(0.0, seed=seed).query("model != 'mixture'")
        row = compared(models, "a", "b")
        rejected += row["p_value"] < 0.05
        uncovered += not row["low"] <= 0 <= row["high"]
    assert rejected < 8
    assert uncovered < 8


def test_holm_within_a_family():
    result = compare_systems(planted(0.15), ["mixture"], *RESAMPLING).sort_values("p_value")
    p_values = result["p_value"].to_numpy()
    expected = np.minimum(np.maximum.accumulate(p_values * [3, 2, 1]), 1)
    np.testing.assert_allclose(result["p_holm"], expected)


def test_pairs_leave_out_baselines_among_themselves():
    table = pd.concat([planted(1.0), planted(1.0).replace({"model": {"mixture": "irm"}})])
    pairs = compare_systems(
        table.drop_duplicates(["model", "seed", "track_id"]), ["mixture", "irm"], *RESAMPLING
    )
    found = set(zip(pairs["system_a"], pairs["system_b"], strict=True))
    assert found == {("a", "b"), ("a", "mixture"), ("a", "irm"), ("b", "mixture"), ("b", "irm")}


@pytest.mark.parametrize(
    ("n_tracks", "tested", "note"),
    [
        (2, False, "too few tracks for a test: 2, needs 6"),
        (5, False, "too few tracks for a test: 5, needs 6"),
        (6, True, "too few tracks for 3 comparisons: 6, Holm's first step needs 7"),
        (7, True, ""),
    ],
)
def test_too_few_tracks_give_a_note_and_no_p_value(n_tracks, tested, note):
    row = compared(planted(3.0, n_tracks=n_tracks), "a", "b")
    assert np.isfinite(row["p_holm"]) == tested
    assert row["note"] == note
    assert row["median"] == pytest.approx(3.0, abs=1)


def test_too_few_tracks_for_so_many_comparisons_are_noted():
    """Of six comparisons on seven tracks, even differences of one sign reject none after Holm."""
    models = ["a", "b", "c", "d"]
    scores = pd.DataFrame(
        [
            (model, seed, "vocals", "SDR", f"t{track}", 3.0 * place + 0.01 * track * (place + 1))
            for place, model in enumerate(models)
            for seed in (0, 1)
            for track in range(8)
        ],
        columns=["model", "seed", "target", "metric", "track_id", "value"],
    )
    scores["n_withheld"] = 0
    result = compare_systems(scores, [], *RESAMPLING)
    assert len(result) == 6
    assert result["p_holm"].min() == pytest.approx(0.05, abs=0.01)
    alone = compare_systems(scores[scores["model"].isin(["a", "b"])], [], *RESAMPLING)
    assert alone["note"].tolist() == [""]
    few = compare_systems(scores[scores["track_id"] != "t7"], [], *RESAMPLING)
    assert few["p_holm"].min() > 0.05
    assert set(few["note"]) == {"too few tracks for 6 comparisons: 7, Holm's first step needs 8"}


def test_tracks_without_a_score_are_dropped_and_counted():
    table = planted(1.0)
    missing = (table["model"] == "a") & (table["seed"] == 1) & (table["track_id"] < 3)
    table.loc[missing, "value"] = np.nan
    row = compared(table, "a", "b")
    assert (row["n_tracks"], row["n_tracks_dropped"]) == (17, 3)
    table.loc[table["model"] == "a", "value"] = np.nan
    row = compared(table, "a", "b")
    assert (row["n_tracks"], row["n_tracks_dropped"]) == (0, 20)
    assert np.isnan(row["median"])


def test_intervals_count_the_scatter_of_seeds():
    """Where all tracks agree on a difference that some seeds don't show, seeds alone widen the interval."""
    table = planted(3.0, n_seeds=4)
    lucky = (table["model"] == "a") & (table["seed"] == 0)
    table.loc[lucky, "value"] += 12
    steady, scattered = compared(planted(3.0, n_seeds=4), "a", "b"), compared(table, "a", "b")
    assert scattered["low"] < 0 < steady["low"]
    levels = [
        level_table(scores, *RESAMPLING).set_index("model") for scores in (table, planted(3.0, n_seeds=4))
    ]
    (wide, same), (narrow, before) = ((level["high"] - level["low"])[["a", "b"]] for level in levels)
    assert wide > 2 * narrow
    assert same == before


def test_levels():
    table = planted(1.0)
    levels = level_table(table, *RESAMPLING).set_index("model")
    by_track = table[table["model"] == "a"].groupby("track_id")["value"].mean()
    assert levels.loc["a", "median"] == pytest.approx(by_track.median())
    assert levels.loc["a", "low"] < by_track.median() < levels.loc["a", "high"]
    assert levels.loc["a", "n_frames"] == 6 * 60
    assert levels.loc["mixture", "n_seeds"] == 1


def test_withheld_scores_are_left_out_and_said():
    table = planted(1.0)
    of_a = (table["model"] == "a") & (table["seed"] == 1)
    table.loc[of_a & (table["track_id"] < 2), ["value", "n_withheld"]] = np.nan, 6
    table.loc[of_a & (table["track_id"] == 2), "n_withheld"] = 1  # the track keeps its score
    table.loc[(table["model"] == "b") & (table["track_id"].isin([1, 3])), ["value", "n_withheld"]] = np.nan, 6
    table.loc[(table["model"] == "b") & (table["track_id"] == 4), "value"] = np.nan  # silent
    row = compared(table, "a", "b")
    assert (row["n_tracks"], row["n_tracks_dropped"], row["n_tracks_withheld"]) == (16, 4, 3)
    assert compared(table, "a", "mixture")["n_tracks_withheld"] == 2
    levels = level_table(table, *RESAMPLING).set_index("model")
    assert levels["n_tracks_withheld"].to_dict() == {"a": 2, "b": 2, "mixture": 0}
    assert levels["n_tracks_missing"].to_dict() == {"a": 2, "b": 3, "mixture": 0}
    assert levels["n_withheld"].to_dict() == {"a": 13, "b": 36, "mixture": 0}
