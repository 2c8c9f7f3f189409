"""The gain of the rest: what other bins add to a linear estimate of an output from its input.

For each output bin y_k linear functions of the input with an intercept are fitted to one half of a track's
frames and judged on the other half, by

    R2 = 1 - sum (y - estimate)^2 / sum (y - mean of the fitted half)^2

over all frames and bins of that half: 1 is perfect, 0 no better than a constant, below 0 worse; it does not
change with the scale or the offset of the output. Offsets are half of what these models put out: without
intercepts R2 would judge how well gains imitate a constant.

Halves are alternating blocks of neighbours, not every other frame: frames a hop apart share most of their
samples, so that a model with as many weights as frames would be judged on what it learned by heart. Frames of
the second half that still share samples with a frame of the first are left out. Ridges are chosen for every
bin by leaving out one block of the fitted half after the other; between these lie blocks of the other half.

The gain as such, R2(all bins) - R2(band), has two flaws. Few frames don't determine a matrix, so that all
bins may do worse than a band that they contain; and where a scalar filter bends, as ReLUs do, other bins help
a straight line to imitate it. `added_gain` has neither: the band may bend at the quartiles of x_k, and all
bins explain what that leaves, with a ridge that can make them nothing.
"""

from dataclasses import dataclass

import numpy as np

from singmap.study.ridge import Fitter, chosen_ridge, from_all, from_band, on_top_of
from singmap.study.sampling import draw_by_size, evenly_spread

QUARTILES = (0.25, 0.5, 0.75)
MEASURES = ("r2_diagonal", "r2_band", "r2_full", "r2_bent_band", "r2_added", "rest_gain", "added_gain")


@dataclass(frozen=True)
class GainSettings:
    """How much is sampled.

    output_bins : drawn by what there is to explain in them
    frames : at most so many of the track, evenly spread
    blocks : of neighbours, every other one for fitting; at least 4, so that a block can be held out
    """

    output_bins: int = 256
    frames: int = 1000
    blocks: int = 12


@dataclass(frozen=True)
class Halves:
    """Numbers of the frames to fit, as blocks, and of those to judge."""

    fitted: list[np.ndarray]
    judged: np.ndarray


def rest_gain(
    mixture: np.ndarray,
    output: np.ndarray,
    lobe_bins: int,
    overlap_frames: int,
    settings: GainSettings,
    seed: int,
) -> dict[str, float]:
    """All of MEASURES for one track.

    Parameters
    ----------
    mixture, output : (n_frames, n_bins) linear magnitude: what a model hears, and what it makes of it, or
        the true voice
    lobe_bins : w, half-width of the band (main_lobe.main_lobe_bins)
    overlap_frames : largest distance of frames that share samples (main_lobe.overlap_frames)
    seed : of the drawn bins

    | measure | estimate of y_k from |
    |---|---|
    | r2_diagonal | x_k |
    | r2_band | x within w bins |
    | r2_full | all of x |
    | r2_bent_band | x within w bins, and a function of x_k that bends at its quartiles |
    | r2_added | that, and all of x for what it leaves |
    | rest_gain | r2_full - r2_band, minus infinity to 1 |
    | added_gain | r2_added - r2_bent_band, minus infinity to 1; a little below 0 where the rest is noise |

    NaN where too few frames are left to fit or to judge, and where the output of the judged ones is constant.
    """
    chosen = evenly_spread(len(mixture), settings.frames)
    halves = alternating_halves(chosen, settings.blocks, overlap_frames)
    x, y = (values[chosen].astype(np.float64) for values in (mixture, output))
    undefined = dict.fromkeys(MEASURES, float("nan"))
    if len(halves.fitted) < 2 or not len(halves.judged):
        return undefined
    fitted = np.concatenate(halves.fitted)
    spread = np.sum((y[halves.judged] - y[fitted].mean(axis=0)) ** 2, axis=0)
    if not spread.sum() > np.sum(np.square(np.finfo(output.dtype).eps * y)):  # rounding, or NaN
        return undefined
    bins, shares = draw_by_size(spread, settings.output_bins, np.random.default_rng(seed).random())

    def explained(fitter: Fitter, ridge: np.ndarray) -> float:
        estimate = fitter(fitted, halves.judged, targets)(ridge)
        errors = np.sum((targets[halves.judged] - estimate) ** 2, axis=0)
        return float(1 - shares @ (errors / spread[bins]))

    targets = y[:, bins]
    knots = np.quantile(x[fitted], QUARTILES, axis=0)
    bent, everything = from_band(x, bins, lobe_bins, knots), from_all(x)
    bent_ridge = chosen_ridge(bent, targets, halves.fitted)
    fitters = {
        "r2_diagonal": from_band(x, bins, 0),
        "r2_band": from_band(x, bins, lobe_bins),
        "r2_full": everything,
        "r2_bent_band": bent,
        "r2_added": on_top_of(bent, bent_ridge, everything),
    }
    r2 = {
        name: explained(fitter, chosen_ridge(fitter, targets, halves.fitted))
        for name, fitter in fitters.items()
    }
    gains = {"rest_gain": r2["r2_full"] - r2["r2_band"], "added_gain": r2["r2_added"] - r2["r2_bent_band"]}
    return r2 | gains


def alternating_halves(positions: np.ndarray, n_blocks: int, overlap_frames: int) -> Halves:
    """Every other of `n_blocks` blocks to fit, the rest to judge, without what overlaps.

    positions : of the frames in their track, rising
    """
    blocks = [block for block in np.array_split(np.arange(len(positions)), n_blocks) if len(block)]
    fitted, others = blocks[::2], np.concatenate([np.empty(0, int), *blocks[1::2]])
    taken = positions[np.concatenate(fitted)] if fitted else np.empty(0, int)
    distance = np.abs(positions[others][:, None] - taken).min(axis=1, initial=overlap_frames + 1)
    return Halves(fitted, others[distance > overlap_frames])
