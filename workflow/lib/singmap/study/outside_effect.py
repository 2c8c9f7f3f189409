"""The outside effect: how much of what moves an output bin comes from other parts of the spectrum.

A frame x of a track is paired with a partner frame x'. B are the input bins within w of output bin k, and
x_B x'_-B is the hybrid that is x on B and x' elsewhere. With sums over pairs and over all output bins

    T_out(w) = sum (f_k(x) - f_k(x_B x'_-B))^2 / sum (f_k(x) - f_k(x'))^2
    T_in(w)  = sum (f_k(x) - f_k(x'_B x_-B))^2 / sum (f_k(x) - f_k(x'))^2

what is lost when everything but the band is exchanged, and when the band alone is. With partners drawn like
the frames these are the total sensitivity indices of the two groups of bins (Jansen, Comput. Phys. Commun.
117, 1999; Sobol, Math. Comput. Simul. 55, 2001). A scalar filter has T_out = 0 and T_in = 1, a model that
ignores the band T_out = 1 and T_in = 0. Where band and rest act independently, T_out + T_in is 1 if they add
up and more if they multiply. Both are 0 or more: 1 is as much as exchanging the whole frame does, and hybrids
may do more. Neither changes with the scale of the output. They are NaN where the track is silent or the model
does not react to its partners.

Both sums are estimated from the same cells (k, x, x'), which are drawn by the output's energy there,
f_k(x)^2 + f_k(x')^2: first bins, then pairs for each. Loud cells make most of the sums; each is weighted so
that it counts as often as in the sums over all.
"""

from dataclasses import dataclass

import numpy as np
import torch

from singmap.mapping.subject import ExaminedModel
from singmap.study.hybrids import Hybrids, Recording, heard, hybrid_outputs
from singmap.study.sampling import draw_by_size, evenly_spread

# Below this share of the whole effect in energy float32 rounds, and a ratio of two such effects says nothing.
NO_EFFECT = 1e-8
WITHIN_THE_TRACK = {"outside_effect_same_track", "outside_effect_silence"}
QUIET_SHARE = 0.1  # of its bin's mean energy, by which every cell is drawn beside its own


@dataclass(frozen=True)
class EffectSettings:
    """How much is sampled.

    output_bins : drawn by their output energy, with replacement
    pairs_per_bin : drawn for each time that a bin is drawn
    frames : of the track, evenly spread, each with one partner, from which pairs are drawn
    pool_frames : of the other tracks, evenly spread, among which partners are looked for
    """

    output_bins: int = 100
    pairs_per_bin: int = 20
    frames: int = 400
    pool_frames: int = 1000


@dataclass(frozen=True)
class Cell:
    """One output bin and the pairs with which it is looked at.

    rows : (n_rows,), numbers of the pairs
    whole : (n_rows,), f_k(x) - f_k(x'), what exchanging the whole frame changes
    weights : (n_rows,), what each counts in a sum over all pairs and bins
    """

    output_bin: int
    rows: np.ndarray
    whole: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Pairs:
    """Frames, as many partners, and the cells in which their hybrids are looked at."""

    frames: Recording
    partners: Recording
    cells: list[Cell]


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
    stay silent. far_effect is NaN where other bins have no effect at all. With no frame of another track
    (`others` empty) all but outside_effect_same_track and outside_effect_silence are NaN.
    """
    if not len(others):
        measures = outside_effect(model, frames, np.zeros_like(frames[:1]), lobe_bins, settings, seed)
        return {name: value if name in WITHIN_THE_TRACK else np.nan for name, value in measures.items()}
    generator = np.random.default_rng(seed)
    x = heard(model, frames[evenly_spread(len(frames), settings.frames)])
    pool = heard(model, others[evenly_spread(len(others), settings.pool_frames)])
    n_pairs, n_pool = len(x.frames), len(pool.frames)
    drawn = generator.choice(n_pool, n_pairs, replace=n_pool < n_pairs)
    levelled = at_level_of(x.frames.numpy(), pool.frames[drawn].numpy())
    partners = {
        "level": heard(model, levelled),
        "same_track": x.rows(_next_of(generator.permutation(n_pairs))),
        "silence": heard(model, np.zeros_like(levelled)),
    }
    plain = drawn_pairs(x, pool.rows(drawn), settings, generator)
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
        pairs = drawn_pairs(x, heard_partners, settings, generator)
        changes = outside_changes(model, pairs, lobe_bins)
        measures[f"outside_effect_{name}"] = relative_effect(pairs, changes)
    all_other = measures["outside_effect_0w"]
    measures["far_effect"] = measures["outside_effect"] / all_other if all_other > NO_EFFECT else float("nan")
    return measures


def drawn_pairs(
    frames: Recording, partners: Recording, settings: EffectSettings, generator: np.random.Generator
) -> Pairs:
    """Pair frames and partners one by one, and draw cells by the output's energy.

    No cells at all are drawn where the frames are silent or nothing but rounding changes.
    """
    own, other = (each.output.numpy().astype(np.float64) for each in (frames, partners))
    changes, energy = own - other, own**2 + other**2
    rounding = (4 * torch.finfo(frames.output.dtype).eps) ** 2 * energy.sum()
    if not frames.frames.any() or not np.sum(changes**2) > rounding:  # also where it is NaN
        return Pairs(frames, partners, [])
    # Hybrids may sound where neither frame does: such cells are drawn as well.
    sizes = energy + QUIET_SHARE * energy.mean(axis=0)
    cells = []
    bins, shares = draw_by_size(sizes.sum(axis=0), settings.output_bins, generator.random())
    for output_bin, share in zip(bins, shares, strict=True):
        n_rows = max(1, round(share * settings.output_bins)) * settings.pairs_per_bin
        rows, row_shares = draw_by_size(sizes[:, output_bin], n_rows, generator.random())
        weights = share * row_shares / sizes[rows, output_bin]
        cells.append(Cell(int(output_bin), rows, changes[rows, output_bin], weights))
    return Pairs(frames, partners, cells)


def relative_effect(pairs: Pairs, changes: list[np.ndarray], power: int = 2) -> float:
    """Estimate of sum |changes|^power / sum |whole changes|^power over all pairs and bins.

    NaN where nothing changes, as without cells.

    changes : what hybrids change, (n_rows,) for each cell
    """

    def total(values: list[np.ndarray]) -> float:
        cells = zip(pairs.cells, values, strict=True)
        return float(sum(cell.weights @ np.abs(part) ** power for cell, part in cells))

    whole = total([cell.whole for cell in pairs.cells])
    return total(changes) / whole if whole else float("nan")


def outside_changes(model: ExaminedModel, pairs: Pairs, half_width: int) -> list[np.ndarray]:
    """f_k(x) - f_k(x_B x'_-B), (n_rows,) for each cell."""
    x, partners = pairs.frames, pairs.partners
    hybrids = [Hybrids(x.rows(c.rows), partners.rows(c.rows), c.output_bin) for c in pairs.cells]
    return _changes(model, pairs, hybrids, half_width)


def inside_changes(model: ExaminedModel, pairs: Pairs, half_width: int) -> list[np.ndarray]:
    """f_k(x) - f_k(x'_B x_-B), (n_rows,) for each cell."""
    x, partners = pairs.frames, pairs.partners
    hybrids = [Hybrids(partners.rows(c.rows), x.rows(c.rows), c.output_bin) for c in pairs.cells]
    return _changes(model, pairs, hybrids, half_width)


def matched_changes(model: ExaminedModel, pairs: Pairs, pool: Recording, half_width: int) -> list[np.ndarray]:
    """The same as of `outside_changes` with the frame of the pool as x' that is nearest to x on B."""

    def matched(cell: Cell) -> Hybrids:
        x = pairs.frames.rows(cell.rows)
        band = slice(max(0, cell.output_bin - half_width), cell.output_bin + half_width + 1)
        nearest = torch.cdist(x.frames[:, band].double(), pool.frames[:, band].double()).argmin(dim=1)
        return Hybrids(x, pool.rows(nearest), cell.output_bin)

    return _changes(model, pairs, [matched(cell) for cell in pairs.cells], half_width)


def _changes(model: ExaminedModel, pairs: Pairs, hybrids: list[Hybrids], half_width: int) -> list[np.ndarray]:
    """What hybrids, one set per cell, change of the output on the frames."""
    outputs = hybrid_outputs(model, hybrids, half_width)
    return [
        (pairs.frames.output[cell.rows, cell.output_bin] - output).numpy().astype(np.float64)
        for cell, output in zip(pairs.cells, outputs, strict=True)
    ]


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
