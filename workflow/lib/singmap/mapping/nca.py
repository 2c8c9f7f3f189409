"""The Neural Couplings Algorithm: one matrix that expresses what a stack of layers did to given frames.

For layers l = 1..L with weight W_l (n_out, n_in) and bias b_l, trainable couplings P_l (n_in, n_in):

    B_l = ReLU((W_l + b_l) P_l^T) * W_l          (* elementwise)
    C   = B_L ... B_2 B_1
    loss = sum |Y - C X|                          X: frames, Y: the model's output on them

Source: Mimilakis et al. 2020 (doi 10.1109/TASLP.2019.2952013) and its published code, which broadcasts b_l
along the INPUT axis, (W + b)[i, j] = W[i, j] + b[j]; that is the default here, because it made the published
pictures, and needs square layers. `bias_axis="output"` adds b[i], the axis that the bias belongs to.

Cost. C is formed only on request: C X = B_L (... (B_1 X)) costs n^2 T. What remains per iteration and layer
is two n^3 products, (W + b) P^T and the gradient of P. Everything is held transposed, so that segments
stack into one product: Z^T = P (W + b)^T and dP = dZ^T (W + b) share their right factor among segments.
Memory: per layer n^2 numbers 3 times (W and two packed layouts of W + b) plus 7 times a segment (P, Adam's
two moments, G, B, dB, dP), and 4 n T a layer and segment; in bfloat16 some are halved and others added. A
process with one segment and 2 layers of n = 2049 peaks at 0.92 GB in float32, 0.85 in bfloat16, 0.94 in
float64.

In bfloat16 the gradients' products are rounded, which Adam does not notice, and (W + b) P^T is followed by
the products of its changes (matmul.TrackedProduct): rounding it as a whole left the loss behind by as much
as three times the scatter of random starts at n = 2049. The loss itself is made in float32.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch

from singmap.compute import elementwise
from singmap.compute.matmul import FixedFactor, TrackedProduct
from singmap.compute.precision import padded
from singmap.mapping.examination import Examination
from singmap.mapping.factors import FactorsProblem
from singmap.mapping.fit import descend
from singmap.mapping.subject import ExaminedModel

Kind = TypeVar("Kind")  # of a problem
Times = Callable[[torch.Tensor], torch.Tensor]  # rows -> rows @ a matrix that is kept inside


@dataclass(frozen=True)
class NeuralCouplings:
    """Result for one segment.

    mapping : C, (n_out, n_in); couplings : final P_l, (n_in, n_in) each; losses : before each update
    """

    mapping: np.ndarray
    couplings: list[np.ndarray]
    losses: np.ndarray


def neural_couplings(
    weights: Sequence[np.ndarray],
    biases: Sequence[np.ndarray],
    frames: np.ndarray,
    target: np.ndarray,
    initial: Sequence[np.ndarray],
    iterations: int = 600,
    learning_rate: float = 1e-4,
    bias_axis: str = "input",
    precision: str = "float64",
) -> NeuralCouplings:
    """Fit the couplings of one segment, from plain arrays; 0 iterations evaluate the initial ones.

    Parameters
    ----------
    weights, biases : W_l (n_out, n_in) and b_l (n_out,) from input to output
    frames, target : model input (n_frames, n_in) and model output (n_frames, n_out), linear magnitude
    initial : P_l (n_in, n_in) to start from; the paper draws them Xavier-normal
    precision : float64, float32 or bfloat16 (of products that give gradients, and of changes of Z; all that
        the loss is made of stays in float32)

    Raises InputError for shapes that don't fit, for the input axis with layers that are not square, and for
    frames or targets that are empty, not finite or all zero.
    """
    problem = CouplingsProblem(
        weights, biases, frames[None], target[None], [p[None] for p in initial], bias_axis, precision
    )
    losses = descend(problem, iterations, learning_rate)
    couplings = [p[0, :n, :n].numpy() for p, n in zip(problem.parameters, problem.widths, strict=False)]
    return NeuralCouplings(problem.mapping()[0].numpy(), couplings, losses[:, 0].numpy())


def xavier_couplings(widths: Sequence[int], seed: int) -> list[np.ndarray]:
    """Xavier-normal starts (n_in, n_in) for layers of the given input widths, float64, from `seed`."""
    generator = torch.Generator().manual_seed(seed)
    starts = [torch.empty(width, width, dtype=torch.float64) for width in widths]
    return [torch.nn.init.xavier_normal_(start, generator=generator).numpy() for start in starts]


def input_widths(subject: ExaminedModel) -> list[int]:
    """Number of inputs of every layer, which is the size of its couplings."""
    return [layer.weight.shape[1] for layer in subject.known_layers]


def starting_couplings(examination: Examination) -> list[list[np.ndarray]]:
    """Random couplings of every segment, a list of layers each, drawn side by side from their own seeds.

    They are drawn on the host for every device, so that a start is the same on all of them.
    """
    widths = input_widths(examination.subject)
    with ThreadPoolExecutor(len(examination.starts)) as threads:
        return list(threads.map(lambda start: xavier_couplings(widths, start), examination.starts))


def problem_of(
    kind: Callable[..., Kind], examination: Examination, initial: Sequence[Sequence[np.ndarray]]
) -> Kind:
    """A CouplingsProblem, or another `kind` of its arguments, of an examination.

    `initial` are the couplings to start from, a list of layers for every segment. The bias of a model whose
    layers are not all square is added along the output axis: the other one has another length.
    """
    layers, settings = examination.subject.known_layers, examination.settings
    is_square = all(layer.weight.shape[0] == layer.weight.shape[1] for layer in layers)
    return kind(
        [layer.weight.cpu().numpy() for layer in layers],
        [layer.bias.cpu().numpy() for layer in layers],
        examination.frames,
        examination.output,
        [np.stack(stack) for stack in zip(*initial, strict=True)],
        settings.bias_axis if is_square else "output",
        settings.precision,
        settings.device,
    )


class CouplingsProblem(FactorsProblem):
    """The couplings of a stack of segments, with the gradient written by hand (fit.Problem).

    Parameters as for `neural_couplings`, but frames (n_segments, n_frames, n_in), target (n_segments,
    n_frames, n_out) and initial (n_segments, n_in, n_in) each.
    """

    def _prepare(self, biased: Sequence[np.ndarray], initial: Sequence[np.ndarray]) -> None:
        form = self._form
        self.parameters = [form.tensor(padded(start, form, 2), master=True) for start in initial]
        packed = [form.tensor(padded(matrix, form, 2), master=True) for matrix in biased]
        # The factor W + b never changes: packed once in both layouts, for P (W + b)^T and for dZ^T (W + b).
        self._times_biased = [FixedFactor(matrix.to(form.dtype)) for matrix in packed]
        self._times_biased_t: Sequence[Times]
        self._times_biased_t_exactly: Sequence[Times]
        if form.dtype == form.master:
            self._times_biased_t = [FixedFactor(matrix.T) for matrix in packed]
            self._times_biased_t_exactly = self._times_biased_t
        else:
            # A tracked product remembers the couplings of the last iteration. A look at C from outside must
            # not move it, or recording a curve would change the result: C takes the exact ones.
            rows = [couplings.flatten(0, 1) for couplings in self.parameters]
            pairs = zip(packed, rows, strict=True)
            tracked = [TrackedProduct(matrix.T, start, form.dtype) for matrix, start in pairs]
            self._times_biased_t = tracked
            self._times_biased_t_exactly = [product.exact for product in tracked]
        shapes = [(len(self._frames), *weight.shape) for weight in self._weights_t]
        self._gates = [self._frames.new_empty(shape, dtype=form.dtype) for shape in shapes]
        self._gated = [self._frames.new_empty(shape) for shape in shapes]

    def _factors(self) -> list[torch.Tensor]:
        """B^T of all layers on the way of the descent, see `_gated_by`."""
        return self._gated_by(self._times_biased_t)

    def _exact_factors(self) -> list[torch.Tensor]:
        """The same of the present couplings, not of their tracked products."""
        return self._gated_by(self._times_biased_t_exactly)

    def _gated_by(self, times_biased_t: Sequence[Times]) -> list[torch.Tensor]:
        """B^T of all layers, (n_segments, n_in, n_out) each; keeps G = W where the ReLU is open, else 0.

        With Z = (W + b) P^T both B = ReLU(Z) * W = Z * G and dZ = dB * G: the ReLU is never formed.
        """
        for layer, (couplings, times) in enumerate(zip(self.parameters, times_biased_t, strict=True)):
            z = times(couplings.flatten(0, 1)).view_as(self._gates[layer])
            # Segment by segment, as W is shared: the loops want operands of one shape, not copies of W.
            for z_one, gates, gated in zip(z, self._gates[layer], self._gated[layer], strict=True):
                elementwise.gate(z_one, self._weights_t[layer], gates, gated)
        return self._gated

    def _parameter_gradient(self, layer: int, gradient: torch.Tensor) -> torch.Tensor:
        """dP = dZ^T (W + b) from dB^T, which is overwritten."""
        slope = gradient.mul_(self._gates[layer]).flatten(0, 1)
        return self._times_biased[layer](slope).view_as(self.parameters[layer])
