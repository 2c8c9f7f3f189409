"""The outside effect: how much of what moves an output bin comes from other parts of the spectrum.

A frame x of a track is paired with a partner frame x'. B are the input bins within w of output bin k, and
x_B x'_-B is the hybrid that is x on B and x' elsewhere. With sums over pairs and over all output bins

    T_out(w) = sum (f_k(x) - f_k(x_B x'_-B))^2 / sum (f_k(x) - f_k(x'))^2
    T_in(w)  = sum (f_k(x) - f_k(x'_B x_-B))^2 / sum (f_k(x) - f_k(x'))^2

what is lost when everything but the band is exchanged, and when the band alone is. With partners drawn like
the frames these are the total sensitivity indices of the two groups of bins (Jansen, Comput. Phys. Commun.
117, 1999; Sobol, Math. Comput. Simul. 55, 2001). A scalar filter has T_out = 0 and T_in = 1, a model that
ignores the band T_out = 1 and T_in = 0; where band and rest act independently and add up, T_out + T_in = 1.
Both are 0 or more: 1 is as much as exchanging the whole frame does, and hybrids may do more. Neither changes
with the scale of the output. They are NaN where the track is silent or the model doesn't react to partners.

Sums over output bins are estimated from bins that are drawn by their part in the denominator (drawn_bins.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from singmap.mapping.subject import ExaminedModel
from singmap.study.drawn_bins import drawn_bins
from singmap.study.hybrids import Recording, heard, hybrid_output

# Below this share of the whole effect in energy float32 rounds, and a ratio of two such effects says nothing.
NO_EFFECT = 1e-8


@dataclass(frozen=True)
class EffectSettings:
    """How much is sampled.

    output_bins : drawn, see drawn_bins
    pairs : frames of the track, evenly spread, each with one partner
    pool_frames : frames of the other tracks, evenly spread, among which partners are looked for
    """

    output_bins: int = 100
    pairs: int = 64
    pool_frames: int = 1000


@dataclass(frozen=True)
class Pairs:
    """Frames and as many partners, and the output bins at which their hybrids are looked at.

    bins, shares : (n_drawn,), the bins, and the part that each has in the mean over bins; together 1
    whole : (n_drawn, n_pairs), f_k(x) - f_k(x'), what exchanging the whole frame changes in these bins
    """

    frames: Recording
    partners: Recording
    bins: np.ndarray
    shares: np.ndarray
    whole: np.ndarray


def outside_effect(
    model: ExaminedModel,
    frames: np.ndarray,
    others: np.ndarray,
    lobe_bins: int,
    settings: EffectSettings,
    seed: int,
) -> dict[str, float]:
    """All measures of outside and inside effects of one model on one track.

    Parameters
    ----------
    frames : (n_frames, n_bins) linear magnitude, of the track
    others : (n_other_frames, n_bins), of other tracks
    lobe_bins : w, half-width of the main lobe (main_lobe.main_lobe_bins)
    seed : of pairs and bins; the same frames get the same partners whatever the model

    | measure | partners x' | band |
    |---|---|---|
    | outside_effect, inside_effect | frames of other tracks | w |
    | outside_effect_0w, _4w, inside_effect_0w, _4w | the same | 0, 4 w |
    | outside_effect_level | the same, scaled to the norm of x over all bins | w |
    | outside_effect_matched | of `others` the frame nearest to x on B: hybrids almost real | w |
    | outside_effect_same_track | frames of the same track | w |
    | outside_effect_silence | silence: the hybrid is the band alone | w |
    | outside_effect_absolute | as outside_effect, sums of absolute values instead of squares | w |
    | far_effect | T_out(w) / T_out(0): of the effect of all other bins, what comes from beyond the lobe | |

    The denominator of outside_effect_matched is that of outside_effect. Silent frames have no level: they
    stay silent. far_effect is NaN where other bins have no effect at all.
    """
    generator = np.random.default_rng(seed)
    x = heard(model, evenly_spread(frames, settings.pairs))
    pool = heard(model, evenly_spread(others, settings.pool_frames))
    n_pairs, n_pool = len(x.frames), len(pool.frames)
    drawn = generator.choice(n_pool, n_pairs, replace=n_pool < n_pairs)
    cycle, start = generator.permutation(n_pairs), generator.random()
    levelled = at_level_of(x.frames.numpy(), pool.frames[drawn].numpy())
    partners = {
        "level": heard(model, levelled),
        "same_track": x.rows(_next_of(cycle)),
        "silence": heard(model, np.zeros_like(levelled)),
    }
    plain = drawn_pairs(x, pool.rows(drawn), settings.output_bins, start)
    measures = {}
    for suffix, width in {"": lobe_bins, "_0w": 0, "_4w": 4 * lobe_bins}.items():
        outside, inside = outside_changes(model, plain, width), inside_changes(model, plain, width)
        measures[f"outside_effect{suffix}"] = relative_effect(plain, outside)
        measures[f"inside_effect{suffix}"] = relative_effect(plain, inside)
        if width == lobe_bins:
            measures["outside_effect_absolute"] = relative_effect(plain, outside, power=1)
    matched = matched_changes(model, plain, pool, lobe_bins)
    measures["outside_effect_matched"] = relative_effect(plain, matched)
    for name, heard_partners in partners.items():
        pairs = drawn_pairs(x, heard_partners, settings.output_bins, start)
        changes = outside_changes(model, pairs, lobe_bins)
        measures[f"outside_effect_{name}"] = relative_effect(pairs, changes)
    all_other = measures["outside_effect_0w"]
    measures["far_effect"] = measures["outside_effect"] / all_other if all_other > NO_EFFECT else float("nan")
    return measures


def drawn_pairs(frames: Recording, partners: Recording, n_drawn: int, start: float) -> Pairs:
    """Pair frames and partners one by one, and draw output bins by what exchanging whole frames does there.

    `start`, 0 to 1, is the place of the first step. No bins at all are drawn where the frames are silent or
    nothing but rounding changes.
    """
    changes = (frames.output - partners.output).numpy()
    reaction = np.sum(np.square(changes, dtype=np.float64), axis=0)
    outputs = np.concatenate([frames.output.numpy(), partners.output.numpy()])
    rounding = np.sum(np.square(4 * np.finfo(outputs.dtype).eps * outputs, dtype=np.float64))
    if not frames.frames.any() or not reaction.sum() > rounding:  # also where it is NaN
        bins, shares = np.empty(0, int), np.empty(0)
    else:
        bins, shares = drawn_bins(reaction, n_drawn, start)
    return Pairs(frames, partners, bins, shares, changes[:, bins].T.astype(np.float64))


def relative_effect(pairs: Pairs, changes: np.ndarray, power: int = 2) -> float:
    """Estimate of sum |changes|^power / sum |whole changes|^power over all bins; NaN without drawn bins.

    changes : (n_drawn, n_pairs), what hybrids change in the drawn bins
    """
    if not len(pairs.bins):
        return float("nan")
    # A bin was drawn by the sum of its squares: divided by it, it counts as often as it is there, once.
    weights = pairs.shares / np.sum(pairs.whole**2, axis=1)
    of_hybrids, of_frames = (
        float(weights @ np.sum(np.abs(values) ** power, axis=1)) for values in (changes, pairs.whole)
    )
    return of_hybrids / of_frames


def outside_changes(model: ExaminedModel, pairs: Pairs, half_width: int) -> np.ndarray:
    """f_k(x) - f_k(x_B x'_-B) of the drawn bins, (n_drawn, n_pairs)."""
    x, partners = pairs.frames, pairs.partners
    return _changes(pairs, (hybrid_output(model, x, partners, k, half_width) for k in pairs.bins))


def inside_changes(model: ExaminedModel, pairs: Pairs, half_width: int) -> np.ndarray:
    """f_k(x) - f_k(x'_B x_-B) of the drawn bins, (n_drawn, n_pairs)."""
    x, partners = pairs.frames, pairs.partners
    return _changes(pairs, (hybrid_output(model, partners, x, k, half_width) for k in pairs.bins))


def matched_changes(model: ExaminedModel, pairs: Pairs, pool: Recording, half_width: int) -> np.ndarray:
    """The same as of `outside_changes` with the frame of the pool as x' that is nearest to x on B."""
    x = pairs.frames

    def matched(output_bin: int) -> Recording:
        band = slice(max(0, output_bin - half_width), output_bin + half_width + 1)
        near, there = x.frames[:, band].double(), pool.frames[:, band].double()
        return pool.rows(torch.cdist(near, there).argmin(dim=1))

    return _changes(pairs, (hybrid_output(model, x, matched(k), k, half_width) for k in pairs.bins))


def _changes(pairs: Pairs, outputs: Iterable[torch.Tensor]) -> np.ndarray:
    """What `outputs` of hybrids, one (n_pairs,) per drawn bin, differ from those of the frames."""
    own: np.ndarray = pairs.frames.output[:, pairs.bins].T.numpy().astype(np.float64)
    for row, output in zip(own, outputs, strict=True):
        row -= output.numpy()
    return own


def evenly_spread(frames: np.ndarray, count: int) -> np.ndarray:
    """`count` of the frames (n_frames, n_bins), evenly spread over them, or all where they are fewer."""
    if len(frames) <= count:
        return frames
    spread: np.ndarray = frames[np.linspace(0, len(frames) - 1, count).astype(int)]
    return spread


def at_level_of(frames: np.ndarray, partners: np.ndarray) -> np.ndarray:
    """Partners (n_pairs, n_bins), each scaled to the root of the sum of squares of its frame."""
    target, own = (np.linalg.norm(values, axis=1, keepdims=True) for values in (frames, partners))
    scaled: np.ndarray = partners * np.divide(target, own, out=np.zeros_like(own), where=own > 0)
    return scaled


def _next_of(cycle: np.ndarray) -> np.ndarray:
    """What follows each of 0 .. n - 1 in a cycle through all of them: nobody is his own partner."""
    following = np.empty_like(cycle)
    following[cycle] = np.roll(cycle, -1)
    return following
