"""Intervals hold the truth as often as they say, p-values reject no more often than they may."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import statsmodels.api
from statsmodels.formula.api import ols
from statsmodels.stats.multitest import multipletests

from singmap.scoring import inference
from singmap.scoring.inference import (
    bootstrap_medians,
    bootstrap_p,
    holm,
    interval,
    seed_error,
    signed_rank_p,
    smallest_sample,
)


def planted(generator, n_seeds, n_tracks, seeds_differ, noise):
    """Values of a model whose truth is zero: what tracks, seeds and their combinations add, all normal."""
    tracks = generator.normal(size=n_tracks)
    seeds = generator.normal(scale=seeds_differ, size=(n_seeds, 1))
    return tracks + seeds + generator.normal(scale=noise, size=(n_seeds, n_tracks))


def test_an_interval_leaves_half_of_the_rest_beyond_either_end():
    """A one-tailed interval of 95 % would be one of 90 %."""
    assert interval(np.arange(1001.0), 0.95) == pytest.approx((25, 975))
    assert interval(np.arange(1001.0), 0.9) == pytest.approx((50, 950))


@pytest.mark.parametrize("n_tracks", [7, 25])
def test_one_seed_gives_the_interval_that_scipy_and_the_exact_distribution_give(n_tracks):
    values = np.random.default_rng(n_tracks).gamma(2, size=n_tracks)
    draws = bootstrap_medians(values[None], None, 20_000, seed=0)
    theirs = scipy.stats.bootstrap(
        (values,), np.median, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1)
    )
    # Of an odd number, the median is at most the k-th smallest where most draws are: a binomial tail.
    half, shares = n_tracks // 2, np.arange(1, n_tracks + 1) / n_tracks
    exact = scipy.stats.binom.sf(half, n_tracks, shares)
    found = [(draws <= value).mean() for value in np.sort(values)]
    their_share = [(theirs.bootstrap_distribution <= value).mean() for value in np.sort(values)]
    np.testing.assert_allclose(found, exact, atol=0.015)  # 4 standard errors of 20,000 draws
    np.testing.assert_allclose(found, their_share, atol=0.02)
    low, high = interval(draws, 0.95)
    gap = np.diff(np.sort(values)).max()
    assert abs(low - theirs.confidence_interval.low) <= gap
    assert abs(high - theirs.confidence_interval.high) <= gap


@pytest.mark.parametrize(
    ("n_models", "n_seeds", "n_tracks", "seeds_differ", "noise"),
    [(1, 3, 25, 0, 0), (1, 3, 25, 5, 0.5), (1, 3, 8, 1, 0.5), (2, 3, 25, 1, 0.5), (2, 5, 25, 0.2, 0.5)],
)
def test_intervals_hold_the_truth_as_often_as_they_say(n_models, n_seeds, n_tracks, seeds_differ, noise):
    """At least 95 % within 3.5 standard errors of 500 studies; two small groups of seeds may give more."""
    generator = np.random.default_rng(0)
    held = 0
    for study in range(500):
        models = [planted(generator, n_seeds, n_tracks, seeds_differ, noise) for _ in range(n_models)]
        low, high = interval(bootstrap_medians(*models, *[None] * (2 - n_models), 1000, study), 0.95)
        held += low <= 0 <= high
    tolerance = 3.5 * np.sqrt(0.95 * 0.05 / 500)
    assert held / 500 > 0.95 - tolerance
    if n_models == 1:
        assert held / 500 < 0.95 + tolerance


def test_draws_follow_students_t_where_only_seeds_differ():
    """The truth of three seeds without noise: the t interval of their means."""
    by_seed = np.array([0.2, 0.5, 1.1])
    draws = bootstrap_medians(np.repeat(by_seed[:, None], 9, axis=1), None, 200_000, seed=0)
    expected = scipy.stats.t.interval(0.95, 2, loc=by_seed.mean(), scale=scipy.stats.sem(by_seed))
    np.testing.assert_allclose(interval(draws, 0.95), expected, rtol=0.03)


def test_both_models_seeds_count():
    steady, scattered = np.ones((4, 30)), np.ones((4, 30)) * np.array([[-2.0], [0], [2], [4]])
    assert interval(bootstrap_medians(steady, None, 1000, 0), 0.95) == (1, 1)
    for pair in ((scattered, steady), (steady, scattered)):
        low, high = interval(bootstrap_medians(*pair, 1000, 0), 0.95)
        assert low < -2
        assert high > 2


def test_the_error_of_seeds_is_that_of_the_two_way_analysis_of_variance():
    values = planted(np.random.default_rng(2), 4, 9, seeds_differ=2, noise=1)
    rows = [(seed, track, values[seed, track]) for seed, track in product(range(4), range(9))]
    table = pd.DataFrame(rows, columns=["seed", "track", "value"])
    squares = statsmodels.api.stats.anova_lm(ols("value ~ C(seed) + C(track)", table).fit())
    mean_square = squares["sum_sq"] / squares["df"]
    expected = np.sqrt((mean_square["C(seed)"] - mean_square["Residual"]) / 9 / 4)
    assert seed_error(values) == pytest.approx(expected)
    assert seed_error(np.ones((3, 1))) == 0


@pytest.mark.parametrize("n_seeds", [3, 5])
def test_means_over_pairs_of_seeds_have_the_error_of_their_pairs(n_seeds):
    """Of pairs with the value g(a) + g(b), the mean is 2 mean(g): its error is twice that of mean(g)."""
    g = np.random.default_rng(0).normal(size=n_seeds)
    others = (g.sum() - g) / (n_seeds - 1)
    values = np.repeat((g + others)[:, None], 6, axis=1)
    assert values.mean() == pytest.approx(2 * g.mean())
    assert seed_error(values, paired_seeds=True) == pytest.approx(2 * scipy.stats.sem(g))
    assert np.isinf(seed_error(values[:2], paired_seeds=True))


@pytest.mark.parametrize("n_tracks", [1, 2, 7, 8, 301])
def test_medians_are_those_of_the_values_that_are_drawn(n_tracks, monkeypatch):
    """To the bit, with ties, whatever was compared before, and however many are drawn at once."""
    values = np.random.default_rng(n_tracks).normal(size=n_tracks)
    values[: n_tracks // 3] = values[0]
    generator = np.random.default_rng(3)
    places = generator.integers(n_tracks, size=(900, n_tracks))
    expected = np.median(values[places], axis=1)
    pair = np.stack([values - 1, values + 1])
    of_pair = np.median(pair.mean(axis=0)[places], axis=1) + seed_error(pair) * generator.standard_t(1, 900)
    bootstrap_medians(values[None, ::-1], None, 900, seed=4)
    for block_draws in (1 << 20, 1000):
        monkeypatch.setattr(inference, "BLOCK_DRAWS", block_draws)
        inference._draws.cache_clear()
        for _ in range(2):
            np.testing.assert_array_equal(bootstrap_medians(values[None], None, 900, seed=3), expected)
            np.testing.assert_array_equal(bootstrap_medians(pair, None, 900, seed=3), of_pair)


def test_memory_is_bounded_by_drawing_in_blocks(monkeypatch):
    monkeypatch.setattr(inference, "BLOCK_DRAWS", 1000)
    inference._draws.cache_clear()
    count, largest = np.bincount, 0

    def watched(places, minlength):
        nonlocal largest
        largest = max(largest, places.size)
        return count(places, minlength=minlength)

    monkeypatch.setattr(inference.np, "bincount", watched)
    bootstrap_medians(np.ones((1, 12)), None, 20_001, 0)
    assert 900 < largest <= 1000


def test_a_threshold_is_rejected_where_the_interval_leaves_it_out():
    draws = np.random.default_rng(0).normal(size=10_000)
    low, high = interval(draws, 0.95)
    assert bootstrap_p(draws, low - 0.01) < 0.05 < bootstrap_p(draws, low + 0.01)
    assert bootstrap_p(draws, high + 0.01) < 0.05 < bootstrap_p(draws, high - 0.01)
    assert bootstrap_p(draws, 99) == pytest.approx(2 / 10_001), "no number of draws proves impossible"
    assert bootstrap_p(draws, np.median(draws)) == 1
    assert bootstrap_p(np.ones(100), 1) == 1


def test_the_signed_rank_test_is_exact_for_few_tracks():
    differences = np.array([0.3, -0.1, 0.8, 1.1, 0.4, -0.2, 0.9])
    ranks = scipy.stats.rankdata(abs(differences))
    sums = [ranks[np.array(signs, bool)].sum() for signs in product((0, 1), repeat=7)]
    found = ranks[differences > 0].sum()
    tail = min(np.mean(np.array(sums) >= found), np.mean(np.array(sums) <= found))
    assert signed_rank_p(differences) == pytest.approx(2 * tail)
    assert signed_rank_p(np.zeros(10)) == 1


def test_smallest_sample_can_reject():
    for confidence in (0.9, 0.95, 0.99):
        n = smallest_sample(confidence)
        assert signed_rank_p(np.arange(1.0, n + 1)) <= 1 - confidence
        assert signed_rank_p(np.arange(1.0, n)) > 1 - confidence


def test_holm_counts_what_was_tested():
    np.testing.assert_allclose(holm(np.array([0.04, np.nan, 0.01, 0.02])), [0.04, np.nan, 0.03, 0.04])
    assert np.isnan(holm(np.array([np.nan, np.nan]))).all()


def test_holm_is_that_of_statsmodels_to_the_bit():
    generator = np.random.default_rng(5)
    for n_values in (1, 2, 7, 40):
        p_values = generator.uniform(size=n_values) ** 3
        p_values[::3] = p_values[0]  # ties
        np.testing.assert_array_equal(holm(p_values), multipletests(p_values, method="holm")[1])
