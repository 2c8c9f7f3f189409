"""Intervals and p-values of values by seed and track; tracks are the sample, seeds are nested in models.

Tracks are resampled: the bootstrap, the same tracks for both models of a comparison. Seeds can't be: three
of them, resampled, give 95 % intervals that hold the truth in 75 % of studies where seeds matter
(docs/study.md). What seeds add to the error is drawn from Student's t instead, with one degree of freedom
less than there are seeds.
"""

import copy
import functools

import numpy as np
import scipy.stats
from numpy.typing import NDArray

Array = NDArray[np.float64]
Counts = NDArray[np.unsignedinteger]
BLOCK_DRAWS = 1 << 20  # tracks that are drawn at once: 24 MB of places and counts


def smallest_sample(confidence: float, n_comparisons: int = 1) -> int:
    """Tracks below which even differences of one sign can't reject equality: m 2^(1 - n) > 1 - confidence.

    m = `n_comparisons` is the factor of the first step of Holm's correction.
    """
    return int(np.ceil(1 - np.log2((1 - confidence) / n_comparisons)))


def bootstrap_medians(
    first: Array, second: Array | None, n_samples: int, seed: int, paired_seeds: bool = False
) -> Array:
    """Medians over tracks of first - second, (n_samples,): how they would scatter over tracks and seeds.

    first, second : (n_seeds, n_tracks), each with its own number of seeds; `second` None stands for zeros
    paired_seeds : whether a seed's values are means over its pairs with all other seeds, see `seed_error`
    One seed says nothing about seeds: then the draws are about tracks alone.
    """
    models = [first] if second is None else [first, second]
    differences = first.mean(axis=0) - (0 if second is None else second.mean(axis=0))
    counts, generator = _draws(len(differences), n_samples, seed)
    draws, generator = _resampled_medians(differences, counts), copy.deepcopy(generator)
    for scores in models:
        if len(scores) > 1:
            error = seed_error(scores, paired_seeds)
            draws += error * generator.standard_t(len(scores) - 1, n_samples)
    return draws


def _resampled_medians(values: Array, counts: Counts) -> Array:
    """Medians (n_samples,) of values (n,) drawn so often each, (n, n_samples), see `_draws`.

    What is drawn is never sorted: its median is where, from the smallest value up, half of it is reached.
    """
    n, n_samples = counts.shape
    order = np.argsort(values)
    middle = sorted({(n + 1) // 2, n // 2 + 1})  # one rank where n is odd, else the mean of two
    reached = np.zeros(n_samples, np.min_scalar_type(n))
    places = np.zeros((len(middle), n_samples), np.min_scalar_type(n))
    for place in order:
        reached += counts[place]
        if reached.max() < middle[0]:  # most values are far from the middle of all samples
            places += 1
            continue
        for rank, of_rank in zip(middle, places, strict=True):
            of_rank += reached < rank
        if reached.min() >= middle[-1]:
            break
    medians: Array = values[order[places]].mean(axis=0)
    return medians


@functools.lru_cache(maxsize=1)
def _draws(n: int, n_samples: int, seed: int) -> tuple[Counts, np.random.Generator]:
    """How often each of n places is drawn in each sample, (n, n_samples), and the generator after that.

    Kept for the next comparison, mostly of as many tracks: 10 MB for 1,000 of them and 10,000 samples.
    """
    generator, parts = np.random.default_rng(seed), []
    step = max(1, BLOCK_DRAWS // n)
    for start in range(0, n_samples, step):
        n_rows = min(step, n_samples - start)
        places = generator.integers(n, size=(n_rows, n)) + n * np.arange(n_rows)[:, None]
        of_rows = np.bincount(places.ravel(), minlength=n_rows * n).reshape(n_rows, n)
        parts.append(of_rows.T.astype(np.min_scalar_type(of_rows.max())))
    return np.concatenate(parts, axis=1), generator


def seed_error(scores: Array, paired_seeds: bool = False) -> float:
    """Standard error of a mean over seeds for being of these seeds and no others.

    scores : (n_seeds, n_tracks), two seeds or more
    The variance between seeds' means over tracks, less what the scatter within them explains: that is
    part of the tracks' own scatter already (the two-way random model of tracks x seeds, Cochran 1951).
    Where a seed's value is its mean over pairs with the other seeds, the mean is a U-statistic of order 2 and
    its error 2 (n - 1) / (n - 2) times that (Sen 1960); of two seeds it is unknown: infinite.
    """
    n_seeds, n_tracks = scores.shape
    deviations = scores - scores.mean(axis=0)
    by_seed = deviations.mean(axis=1)
    variance = by_seed.var(ddof=1)
    if n_tracks > 1:
        rest = deviations - by_seed[:, None]
        variance -= (rest**2).sum() / ((n_seeds - 1) * (n_tracks - 1) * n_tracks)
    error = float(np.sqrt(max(variance, 0) / n_seeds))
    if not paired_seeds:
        return error
    return error * 2 * (n_seeds - 1) / (n_seeds - 2) if n_seeds > 2 else np.inf


def interval(draws: Array, confidence: float) -> tuple[float, float]:
    """Percentile interval with the share (1 - confidence) / 2 of the draws beyond either end."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)


def bootstrap_p(draws: Array, threshold: float) -> float:
    """Two-sided p-value of the threshold: twice the smaller share of draws on either side, itself counted."""
    beyond = min((draws <= threshold).sum(), (draws >= threshold).sum())
    return min(1.0, 2 * (float(beyond) + 1) / (len(draws) + 1))


def signed_rank_p(differences: Array) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test, exact up to 50; 1 where all differences are zero."""
    if not np.any(differences):
        return 1.0
    return float(scipy.stats.wilcoxon(differences).pvalue)


def holm(p_values: Array) -> Array:
    """Holm's correction (1979) over the p-values that are there; missing ones stay missing.

    Of m values the smallest is multiplied by m, the next by m - 1, and so on, at most to 1; none may end
    below a smaller one.
    """
    places = np.argsort(p_values)[: np.isfinite(p_values).sum()]  # missing ones are sorted to the end
    corrected = np.full(len(p_values), np.nan)
    corrected[places] = np.maximum.accumulate(p_values[places] * np.arange(len(places), 0, -1)).clip(max=1)
    return corrected
