"""What trainings from different seeds agree on in their exact local matrices, and what of it is in a band.

K = J diag(x) is what each input bin contributes to each output bin at frame x (Jacobian times input). A share
of squared K counts chance: what a network happens to do off the diagonal is squared like what it learnt.
Two seeds a and b share what was learnt, but no chance. With sums over frames, output bins k and input bins j,

    jacobian_cosine     sum K^a K^b / sqrt(sum (K^a)^2 sum (K^b)^2)
    jacobian_agreement  sum over |j - k| <= w of K^a K^b / sum K^a K^b
    jacobian_share      sum over |j - k| <= w of (K^a)^2 / sum (K^a)^2, of one seed, chance included

The cosine is 1 for equal mappings and near 0 for those that share nothing but noise. The agreement is 1 where
all that is shared lies within the band and 0 where none does; it may leave 0 to 1 where seeds contradict each
other inside or outside. Below a cosine of SHARED_MIN it divides by almost nothing and is withheld (NaN).

A skip-filtering model multiplies with its input, which every seed does: K has the output itself on its
diagonal, whatever was learnt. `layers_agreement`, `layers_cosine` and `layers_share` are the same of
s_k M_kj x_j, what the layers do with each input bin (see local_stack); for other models they are no
different.

What J x leaves of the output, relative to it: `offset_share` = |y - J x| / |y|. For a plain model that is
what the biases put in. For a skip-filtering one without biases it is 1, as J x is twice the output there
(Euler: the output is of degree 2); `bias_share` = |s b| / |y| is what biases put in of either.

Of a model that is known as a function alone J comes from automatic differentiation; what is about its layers
or biases is not measured.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from singmap.mapping.function_jacobian import jacobian_at, jacobian_times_frames
from singmap.mapping.subject import ExaminedModel
from singmap.study.hybrids import heard
from singmap.study.local_stack import LocalStack, local_stack, matrix_rows

SHARED_MIN = 0.1  # of the cosine, below which no share of what is shared is told
NAN = float("nan")
KINDS = ("jacobian", "layers")  # the second of known layers only

Gram = NDArray[np.float64]  # (n_models, n_models), inner products of what models do
Pair = tuple[int, int]


@dataclass(frozen=True)
class LocalFunction:
    """A model without known layers around frames: frames and output, (n_frames, n_bins) each."""

    model: ExaminedModel
    frames: torch.Tensor
    output: torch.Tensor


Local = LocalStack | LocalFunction


@dataclass(frozen=True)
class AgreementSettings:
    """How much is sampled.

    frames : of a track, evenly spread
    output_bins : drawn per frame by output energy; where no more than so many have one, all
    """

    frames: int = 24
    output_bins: int = 100


def agreement_of_seeds(
    models: Mapping[int, ExaminedModel],
    frames: NDArray[np.floating],
    half_width: int,
    settings: AgreementSettings,
    seed: int,
) -> dict[int, dict[str, float]]:
    """All measures of each model; cosine and agreement are means over its pairs with the others.

    Arguments as of `agreement_of_pairs`. Pairs that are withheld don't count; NaN where all are, where there
    is one model alone, and where an output is silent.
    """
    pairs = agreement_of_pairs(models, frames, half_width, settings, seed)
    measures = {}
    for name, model in models.items():
        own = [values for pair, values in pairs.items() if name in pair and pair[0] != pair[1]]
        alone = pairs[name, name]
        shared = {measure: _mean([values[measure] for values in own]) for measure in alone}
        kinds = [kind for kind in KINDS if f"{kind}_agreement" in alone]
        shares = {f"{kind}_share": alone[f"{kind}_agreement"] for kind in kinds}
        measures[name] = shared | shares | offset_shares(model, _evenly_spread(frames, settings.frames))
    return measures


def agreement_of_pairs(
    models: Mapping[int, ExaminedModel],
    frames: NDArray[np.floating],
    half_width: int,
    settings: AgreementSettings,
    seed: int,
) -> dict[Pair, dict[str, float]]:
    """Cosine and agreement of all pairs of models on one track, those of each model with itself included.

    Parameters
    ----------
    models : by their seeds, all with known layers or all without
    frames : (n_frames, n_bins) linear magnitude, as the models see them
    half_width : w, in bins
    seed : of the draw of output bins

    Cost: for each frame and model a product of output_bins, open units and n_bins.
    """
    chosen = _evenly_spread(frames, settings.frames)
    stacks = [_local(model, chosen) for model in models.values()]
    kinds = KINDS if all(isinstance(stack, LocalStack) for stack in stacks) else KINDS[:1]
    generator = np.random.default_rng(seed)
    n = len(stacks)
    sums = {(kind, where): np.zeros((n, n)) for kind in kinds for where in ("all", "band")}
    for frame in range(len(chosen)):
        energy = sum(stack.output[frame].double().square().numpy() for stack in stacks)
        rows, weights = drawn_rows(np.asarray(energy), settings.output_bins, generator.random())
        if len(rows):
            for key, gram in _inner_products(stacks, frame, rows, weights, half_width).items():
                sums[key] += gram
    values = {}
    for kind in kinds:
        values[f"{kind}_cosine"], values[f"{kind}_agreement"] = _shared(sums[kind, "all"], sums[kind, "band"])
    pairs = itertools.combinations_with_replacement(enumerate(models), 2)
    return {
        (first, second): {measure: float(table[a, b]) for measure, table in values.items()}
        for (a, first), (b, second) in pairs
    }


def drawn_rows(
    energy: NDArray[np.float64], n_drawn: int, start: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Output bins drawn in proportion to `energy` (n_bins,), and the weight of each in a sum over all bins.

    Weighted by one over their probability, sums over drawn bins estimate sums over all without bias
    (Hansen, Hurwitz, Ann. Math. Stat. 14, 1943); they are drawn in equal steps, from `start`, 0 to 1 (Madow,
    Ann. Math. Stat. 20, 1949). Where no more than `n_drawn` bins have energy, each comes once.
    """
    sounding = np.flatnonzero(energy)
    if len(sounding) <= n_drawn:
        return sounding, np.ones(len(sounding))
    probability = energy[sounding] / energy[sounding].sum()
    steps = (start + np.arange(n_drawn)) / n_drawn
    places = np.searchsorted(np.cumsum(probability), steps, side="right").clip(max=len(sounding) - 1)
    drawn, counts = np.unique(places, return_counts=True)
    return sounding[drawn], counts / (n_drawn * probability[drawn])


def offset_shares(model: ExaminedModel, frames: NDArray[np.floating]) -> dict[str, float]:
    """offset_share and, of known layers, bias_share over all frames (n_frames, n_bins) and output bins.

    0 or more: 0 without biases (bias_share), and where J x is the output (offset_share); both may exceed 1,
    where the parts cancel. NaN where the output is silent.
    """
    stack = _local(model, frames)
    size = float(stack.output.double().norm())
    if isinstance(stack, LocalFunction):
        left = stack.output - jacobian_times_frames(model, stack.frames)
        return {"offset_share": float(left.double().norm()) / size if size else NAN}
    bias = stack.factor * stack.bias
    offset = -stack.factor * stack.linear if model.skip_filtering else bias
    names = {"offset_share": offset, "bias_share": bias}
    return {name: float(part.double().norm()) / size if size else NAN for name, part in names.items()}


def _local(model: ExaminedModel, frames: NDArray[np.floating]) -> Local:
    """A model around frames, by its layers where they are known."""
    if model.layers is not None:
        return local_stack(model, frames)
    recorded = heard(model, frames)
    return LocalFunction(model, recorded.frames, recorded.output)


def _inner_products(
    stacks: list[Local], frame: int, rows: NDArray[np.int64], weights: NDArray[np.float64], width: int
) -> dict[tuple[str, str], Gram]:
    """Weighted sums of K^a K^b of all pairs at one frame, over all input bins and over the band."""
    is_near = np.abs(rows[:, None] - np.arange(stacks[0].frames.shape[1])) <= width
    scale = np.sqrt(weights)[:, None]
    contributions = [_contributions(stack, frame, rows) for stack in stacks]
    grams = {}
    for kind, of_models in zip(KINDS, zip(*contributions, strict=True), strict=False):
        scaled = np.stack(of_models) * scale
        near, everywhere = scaled[:, is_near], scaled.reshape(len(stacks), -1)
        grams[kind, "band"], grams[kind, "all"] = near @ near.T, everywhere @ everywhere.T
    return grams


def _contributions(stack: Local, frame: int, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], ...]:
    """K, and of it what known layers do with each input bin, (n_rows, n_bins) each, at one frame."""
    if isinstance(stack, LocalFunction):
        of_inputs = jacobian_at(stack.model, stack.frames[frame], rows) * stack.frames[frame]
        return (of_inputs.double().numpy(),)
    index = torch.from_numpy(rows)
    matrix = matrix_rows(stack, frame, index) * stack.factor[frame, index, None]
    layers = (matrix * stack.frames[frame]).double().numpy()
    jacobian = layers.copy()
    if stack.skip_filtering:
        jacobian[np.arange(len(rows)), rows] += stack.output[frame].double().numpy()[rows]
    return jacobian, layers


def _shared(everywhere: Gram, band: Gram) -> tuple[Gram, Gram]:
    """Cosine and agreement of all pairs from inner products; NaN where they are undefined or withheld."""
    size = np.sqrt(np.outer(everywhere.diagonal(), everywhere.diagonal()))
    undefined = np.full_like(size, NAN)
    cosine = np.divide(everywhere, size, out=undefined.copy(), where=size > 0)
    return cosine, np.divide(band, everywhere, out=undefined, where=cosine >= SHARED_MIN)


def _mean(values: list[float]) -> float:
    """Mean of those that are not NaN; NaN where all are, or there is none."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else NAN


def _evenly_spread(frames: NDArray[np.floating], count: int) -> NDArray[np.floating]:
    chosen = np.linspace(0, len(frames) - 1, min(count, len(frames))).astype(int)
    return np.take(frames, chosen, axis=0)
