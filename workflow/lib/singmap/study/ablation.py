"""What a model is worth without what it takes from other bins: its local diagonal or local band alone.

Around a frame x the output of a ReLU stack is y_k = s_k (sum_j M_kj x_j + b_k), exactly (local_stack.py; s is
1, or x for a skip-filtering model, whose mask is the sum). The band of half-width w alone is

    y_k less what bins outside put in = s_k (sum over |j - k| <= w of M_kj x_j + b_k)

with the biases' part b kept in full: it is no input of any bin. Without it, s_k sum over |j - k| <= w of
M_kj x_j, the band has to do all by itself. w = 0 is the local diagonal. Negative values are silence.

Units stay open or closed as the whole frame made them, in all of it: what is left out is what other bins put
in, not that they decide which units are open. A mapping whose band alone is as good as the whole may thus
still choose its gains by all bins; the outside effect sees that.

What other bins put in has a mean, and without it the level is wrong where nothing else need be. `refit` gives
what is left one static gain per bin, the best on training tracks: what it then lacks of the whole no level
mends.

For skip filtering this is not diag(J) x + offset with the Jacobian's diagonal alone: J_kk contains the whole
mask, which all bins made. diag(J) x + offset, the offset kept, is the same as here.

That form needs no layers: of a model that is known as a function alone, what bins outside put in is taken
from its Jacobian, y_k less sum over |j - k| > w of J_kj x_j, and nothing is told without the biases' part.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from singmap.compute.matmul import product
from singmap.mapping.function_jacobian import jacobian_rows
from singmap.mapping.subject import ExaminedModel
from singmap.separation.separate import Magnitude, MagnitudeEstimator
from singmap.spectra.cache import SpectraCache
from singmap.spectra.static_gains import best_gains
from singmap.study.cached_blocks import cached_blocks
from singmap.study.local_stack import LocalStack, local_stack, upper_rows
from singmap.study.sampling import spread_tracks
from singmap.study.worth import Estimators

# Of a deep stack only bins are ablated that carry the mixture's energy but for this part, 50 dB below the
# whole; the others keep the model's own output. Each row of M costs as much as the layers have units.
SPARED_ENERGY = 1e-5
# Training frames, evenly spread, on which gains are fitted: to the model's output, to what is left of it.
FITTED_FRAMES_MAX, REFIT_FRAMES_MAX, DEEP_REFIT_FRAMES_MAX = 150_000, 8_000, 2_000


def ablated_outputs(model: ExaminedModel, frames: Magnitude, half_width: int) -> dict[str, Magnitude]:
    """The output of a model and of what is left of it, (n_frames, n_bins) each.

    | key | what |
    |---|---|
    | model | the whole |
    | diagonal, band | the bin itself, the bins within `half_width`; the biases' part in full |
    | diagonal_no_bias, band_no_bias | the same without the biases' part; only where layers are known |

    frames : (n_frames, n_bins) linear magnitude, may be silent
    One product of n_frames n_bins^2 per bin of the band for two layers; for more, M row by row (see
    SPARED_ENERGY), which takes some 20 ms per frame at 2049 bins; for a function one backward pass of the
    frames per audible bin. No value of what is left is negative.
    """
    if model.layers is None:
        return _of_function(model, frames, half_width)
    stack = local_stack(model, frames)
    diagonal, band = _within_bands(stack, half_width)
    parts = {
        "model": stack.linear + stack.bias,
        "diagonal": diagonal + stack.bias,
        "band": band + stack.bias,
        "diagonal_no_bias": diagonal,
        "band_no_bias": band,
    }
    return {name: (stack.factor * part).clamp_(min=0).numpy() for name, part in parts.items()}


def output_of(model: ExaminedModel, frames: Magnitude) -> Magnitude:
    """What any model makes of frames (n_frames, n_bins), which may be silent."""
    with torch.inference_mode():
        output: Magnitude = model.forward(torch.from_numpy(np.array(frames))).numpy()
    return output


def output_gains(model: ExaminedModel, cache: SpectraCache) -> NDArray[np.float64]:
    """The gains (n_bins,) that explain the model's own output on the cached training frames best."""
    blocks = cached_blocks(cache, frames_max=FITTED_FRAMES_MAX)
    return best_gains((mixture, output_of(model, mixture)) for mixture, _ in blocks)


def refit_gains(model: ExaminedModel, cache: SpectraCache, half_width: int) -> dict[str, NDArray[np.float64]]:
    """For diagonal and band, gains (n_bins,) that bring it closest to the whole on training frames."""
    n_frames = DEEP_REFIT_FRAMES_MAX if is_deep(model) else REFIT_FRAMES_MAX
    pairs: dict[str, list[tuple[Magnitude, Magnitude]]] = {"diagonal": [], "band": []}
    for mixture, _ in cached_blocks(cache, frames_max=n_frames):
        left = ablated_outputs(model, mixture, half_width)
        for name, kept in pairs.items():
            kept.append((left[name], left["model"]))
    return {name: best_gains(kept) for name, kept in pairs.items()}


def ablated_tracks(model: ExaminedModel, n_tracks: int, deep_tracks: int) -> set[int]:
    """Numbers of the tracks on which a model is ablated: all, of a deep one `deep_tracks`, evenly spread."""
    return spread_tracks(n_tracks, deep_tracks) if is_deep(model) else set(range(n_tracks))


def is_deep(model: ExaminedModel) -> bool:
    """Whether every frame costs products of its own: beyond two layers, and where none are known."""
    return model.layers is None or len(model.layers) > 2


def band_estimates(model: ExaminedModel, half_width: int) -> Estimators:
    """Estimators of the whole model and of its band alone, those of `ablated_outputs`."""

    def estimate(magnitude: Magnitude) -> dict[str, Magnitude]:
        outputs = ablated_outputs(model, magnitude, half_width)
        return {name: outputs[name] for name in ("model", "band")}

    return estimate


def estimates_of(
    model: ExaminedModel,
    filters: Mapping[str, MagnitudeEstimator],
    half_width: int | None,
    refit: Mapping[str, NDArray[np.floating]],
) -> Estimators:
    """Estimators of `ablated_outputs`, or without `half_width` of the whole model alone; and `filters`.

    refit : gains (n_bins,) with which some of what is left stands there once more, as <name>_refit
    """

    def estimate(magnitude: Magnitude) -> dict[str, Magnitude]:
        static = {name: apply(magnitude) for name, apply in filters.items()}
        if half_width is None:
            return {"model": output_of(model, magnitude)} | static
        own = ablated_outputs(model, magnitude, half_width)
        levelled = {f"{name}_refit": own[name] * gains.astype(np.float32) for name, gains in refit.items()}
        return own | levelled | static

    return estimate


def _within_bands(stack: LocalStack, half_width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """sum of M_kj x_j over j = k, and over |j - k| <= half_width: (n_frames, n_bins) each."""
    if len(stack.layers) > 2:
        return _of_deep_stack(stack, half_width)
    diagonal, band = torch.zeros_like(stack.frames), torch.zeros_like(stack.frames)
    for offset in _offsets(half_width, stack.frames.shape[1]):
        outputs, inputs = _places(offset, stack.frames.shape[1])
        put_in = _coefficients(stack, outputs, inputs) * stack.frames[:, inputs]
        band[:, outputs] += put_in
        if offset == 0:
            diagonal += put_in
    return diagonal, band


def _coefficients(stack: LocalStack, outputs: slice, inputs: slice) -> torch.Tensor:
    """M_kj of all frames for pairs (k, j) of bins of one or two layers, (n_frames, n_pairs).

    The products of both layers' weights are the same in all frames, which only open and close units: summing
    over units is one matrix product for all frames.
    """
    first = stack.layers[0].weight
    if len(stack.layers) == 1:
        return stack.slopes[0][:, outputs] * first[outputs, inputs].diagonal()
    of_units = stack.layers[1].weight[outputs] * first[:, inputs].T
    return stack.slopes[1][:, outputs] * product(stack.slopes[0], of_units.T)


def _of_deep_stack(stack: LocalStack, half_width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The same of more than two layers; bins that are spared keep all of M x."""
    diagonal, band = stack.linear.clone(), stack.linear.clone()
    for frame in range(len(stack.frames)):
        rows = _audible_bins(stack, frame)
        if not len(rows):
            continue
        open_units, left = upper_rows(stack, frame, rows)
        first = stack.layers[0].weight.index_select(0, open_units)
        put_in = _put_in_nearby(rows, left, first, stack.frames[frame], half_width)
        diagonal[frame, rows] = put_in[:, half_width]
        band[frame, rows] = put_in.sum(dim=1)
    return diagonal, band


def _put_in_nearby(
    rows: torch.Tensor, left: torch.Tensor, first: torch.Tensor, x: torch.Tensor, half_width: int
) -> torch.Tensor:
    """(left @ first)_kj x_j of each k in `rows` and all j within `half_width`, (n_rows, 2 half_width + 1).

    0 beyond the edges. One product gives all columns that any of the rows needs: most of it goes unread, but
    picking the factors of what is read takes longer.
    """
    nearby = rows[:, None] + torch.arange(-half_width, half_width + 1)
    columns = nearby.clamp(0, len(x) - 1)
    start, stop = int(columns.min()), int(columns.max()) + 1
    entries = torch.mm(left, first[:, start:stop]).gather(1, columns - start)
    return entries * x[columns] * (nearby == columns)


def _of_function(model: ExaminedModel, frames: Magnitude, half_width: int) -> dict[str, Magnitude]:
    """The output of a function, and what is left of it without other bins, by its Jacobian."""
    output = output_of(model, frames)
    left = {"diagonal": output.copy(), "band": output.copy()}
    energy = np.square(frames, dtype=np.float64)
    softest_first = np.argsort(energy, axis=1)
    reached = np.cumsum(np.take_along_axis(energy, softest_first, axis=1), axis=1)
    is_audible = np.zeros(frames.shape, dtype=bool)
    loud = reached > SPARED_ENERGY * energy.sum(axis=1, keepdims=True)
    np.put_along_axis(is_audible, softest_first, loud, axis=1)
    for output_bin, rows in jacobian_rows(model, frames, np.flatnonzero(is_audible.any(axis=0))):
        put_in = rows.numpy() * frames
        for name, width in (("diagonal", 0), ("band", half_width)):
            near = put_in[:, max(0, output_bin - width) : output_bin + width + 1]
            left[name][:, output_bin] -= put_in.sum(axis=1) - near.sum(axis=1)
    return {"model": output} | {name: np.maximum(part, 0) for name, part in left.items()}


def _audible_bins(stack: LocalStack, frame: int) -> torch.Tensor:
    """Bins with an output, but for the softest ones of the mixture that together hold SPARED_ENERGY of it."""
    energy = stack.frames[frame].double().square()
    softest_first = energy.argsort()
    is_audible = torch.zeros_like(energy, dtype=torch.bool)
    is_audible[softest_first] = energy[softest_first].cumsum(0) > SPARED_ENERGY * energy.sum()
    return (is_audible & (stack.slopes[-1][frame] > 0)).nonzero().squeeze(1)


def _offsets(half_width: int, n_bins: int) -> Iterable[int]:
    reach = min(half_width, n_bins - 1)
    return range(-reach, reach + 1)


def _places(offset: int, n_bins: int) -> tuple[slice, slice]:
    """Output bins k that have an input bin k + offset, and those input bins."""
    outputs = slice(max(0, -offset), n_bins - max(0, offset))
    return outputs, slice(outputs.start + offset, outputs.stop + offset)
