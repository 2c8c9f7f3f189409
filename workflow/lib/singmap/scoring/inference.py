"""Intervals and p-values of values by seed and track; tracks are the sample, seeds are nested in models.

Tracks are resampled: the bootstrap, the same tracks for both models of a comparison. Seeds can't be: three
of them, resampled, give 95 % intervals that hold the truth in 75 % of studies where seeds matter
(docs/study.md). What seeds add to the error is drawn from Student's t instead, with one degree of freedom
less than there are seeds.
"""

import numpy as np
import scipy.stats
from numpy.typing import NDArray

Array = NDArray[np.float64]
BLOCK_DRAWS = 1 << 20  # tracks that are drawn at once: 16 MB of places and values


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
    generator = np.random.default_rng(seed)
    models = [first] if second is None else [first, second]
    differences = first.mean(axis=0) - (0 if second is None else second.mean(axis=0))
    draws = _resampled_medians(differences, n_samples, generator)
    for scores in models:
        if len(scores) > 1:
            error = seed_error(scores, paired_seeds)
            draws += error * generator.standard_t(len(scores) - 1, n_samples)
    return draws


def _resampled_medians(values: Array, n_samples: int, generator: np.random.Generator) -> Array:
    """Medians (n_samples,) of values (n,) drawn with replacement."""
    medians = np.empty(n_samples)
    step = max(1, BLOCK_DRAWS // len(values))
    for start in range(0, n_samples, step):
        places = generator.integers(len(values), size=(min(step, n_samples - start), len(values)))
        medians[start : start + step] = np.median(values[places], axis=1)
    return medians


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
