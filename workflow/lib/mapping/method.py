"""Independent looks at the mapping that a model applies to given frames: one interface, one result.

Each method takes an ExaminedModel and stacked segments and gives one matrix C a segment, such that C x
describes, or approximates, what the model made of a frame x:

| method | what it is | needs layers |
|---|---|---|
| nca | neural couplings, the paper's fixed iterations | yes |
| nca_converged | the same, run until the loss stops improving | yes |
| nca_ones | neural couplings all one, not trained: the paper's ablation | yes |
| student | a free matrix with NCA's loss and optimiser | no |
| jacobian | exact local matrix, averaged over the frames | yes |
| jacobian_weighted | the same average, frames weighted by the input in each bin | yes |
| least_squares | the best matrix, ridge chosen on held-out frames | no |
| diagonal | the best diagonal, the scalar filter | no |
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import torch

from singmap.mapping.fit import StoppingRule, descend
from singmap.mapping.jacobian import mean_jacobian, weighted_mean_jacobian
from singmap.mapping.least_squares import best_diagonal, best_matrix
from singmap.mapping.measures import band_share, input_weighted, relative_error
from singmap.mapping.nca import CouplingsProblem, xavier_couplings
from singmap.mapping.student import StudentProblem, xavier_student
from singmap.mapping.subject import ExaminedModel, check_frames
from singmap.runtime.errors import InputError

CURVE_BAND_BINS = 2
NEEDS_LAYERS = {"nca", "nca_converged", "nca_ones", "jacobian", "jacobian_weighted"}


@dataclass(frozen=True)
class DescentSettings:
    """How an optimisation runs: updates at most, Adam's learning rate, the rule that stops it early."""

    iterations: int = 600
    learning_rate: float = 1e-4
    rule: StoppingRule | None = None


@dataclass(frozen=True)
class MappingSettings:
    """Settings of all methods; the defaults are the paper's.

    record_every : updates between two records of fidelity and structure on the curve; 0: the last only
    tick : called with the number of updates done, for progress
    """

    fixed: DescentSettings = field(default_factory=DescentSettings)
    converged: DescentSettings = field(default_factory=DescentSettings)
    bias_axis: str = "input"
    precision: str = "float32"
    record_every: int = 50
    device: str = "cpu"
    tick: Callable[[int], None] | None = None

    def descent_of(self, method: str) -> DescentSettings:
        """How `method` runs its optimisation, if it has one."""
        return self.converged if method == "nca_converged" else self.fixed


@dataclass(frozen=True)
class Mapping:
    """One segment's result.

    matrix : C, (n_out, n_in) float32 or float64
    curve : a row an iteration: iteration, loss (before that update, sum of absolute errors); on recorded rows
        also relative_l1, relative_l2, diagonal_share, band_share_2 and both input-weighted, else NaN. The
        last row is the result; methods that don't iterate have one row.
    """

    matrix: np.ndarray
    curve: pd.DataFrame


def map_segments(
    method: str,
    model: ExaminedModel,
    frames: np.ndarray,
    settings: MappingSettings | None = None,
    starts: Sequence[int] | None = None,
) -> list[Mapping]:
    """Examine `model` on stacked segments (n_segments, n_frames, n_in) with one of METHODS.

    `starts` are the seeds of the random starts, one a segment (default: 0, 1, ...). Raises InputError for
    an unknown method, for frames without content, for a dead model and for a model without needed layers.
    """
    if method not in METHODS:
        raise InputError("mapping.methods", f"one of {', '.join(METHODS)}", repr(method))
    if method in NEEDS_LAYERS and model.layers is None:
        remedy = f"use one of {', '.join(name for name in METHODS if name not in NEEDS_LAYERS)}"
        raise InputError(f"mapping method {method}", "a model with known layers", "a function", remedy)
    if frames.ndim != 3 or not len(frames):
        raise InputError("segments", "shape (n_segments, n_frames, n_bins)", f"{frames.shape}")
    for index, segment in enumerate(frames):
        check_frames(segment, f"frames of segment {index}")
    output = np.stack([model.output(segment) for segment in frames])
    starts = range(len(frames)) if starts is None else starts
    return METHODS[method](model, frames, output, settings or MappingSettings(), starts)


def settings_of(values: dict, device: str = "cpu") -> MappingSettings:
    """Settings by the names in the configuration's section ``mapping``; absent ones keep their default."""
    fixed = {name: values[name] for name in ("iterations", "learning_rate") if name in values}
    plain = {name: values[name] for name in ("bias_axis", "precision") if name in values}
    if "record_every_iterations" in values:
        plain["record_every"] = values["record_every_iterations"]
    if "converged" in values:
        chosen = values["converged"]
        rule = StoppingRule(chosen["stop_relative_improvement"], chosen["stop_window_iterations"])
        plain["converged"] = DescentSettings(chosen["iterations_max"], chosen["learning_rate"], rule)
    return MappingSettings(fixed=DescentSettings(**fixed), device=device, **plain)


def start_seed(seed: int, segment: int) -> int:
    """Seed of the random start for one segment of the model with the training seed `seed`."""
    return int(np.random.SeedSequence([seed, segment]).generate_state(1)[0])


def _nca(model, frames, output, settings, starts) -> list[Mapping]:
    problem = _couplings_problem(model, frames, output, settings, lambda n, s: xavier_couplings(n, starts[s]))
    return _descended(problem, frames, output, settings, settings.fixed)


def _nca_converged(model, frames, output, settings, starts) -> list[Mapping]:
    return _nca(model, frames, output, replace(settings, fixed=settings.converged), starts)


def _nca_ones(model, frames, output, settings, starts) -> list[Mapping]:
    problem = _couplings_problem(model, frames, output, settings, lambda n, s: [np.ones((w, w)) for w in n])
    return _descended(problem, frames, output, settings, DescentSettings(iterations=0))


def _couplings_problem(model, frames, output, settings, couplings_of) -> CouplingsProblem:
    """The NCA problem of stacked segments; `couplings_of(widths, segment)` gives the initial couplings."""
    layers = model.layers
    weights = [layer.weight.cpu().numpy() for layer in layers]
    biases = [layer.bias.cpu().numpy() for layer in layers]
    widths = [weight.shape[1] for weight in weights]
    couplings = [couplings_of(widths, segment) for segment in range(len(frames))]
    initial = [np.stack(stack) for stack in zip(*couplings, strict=True)]
    return CouplingsProblem(
        weights, biases, frames, output, initial, settings.bias_axis, settings.precision, settings.device
    )


def _student(model, frames, output, settings, starts) -> list[Mapping]:
    initial = np.stack([xavier_student(output.shape[2], frames.shape[2], start) for start in starts])
    problem = StudentProblem(frames, output, initial, settings.precision, settings.device)
    return _descended(problem, frames, output, settings, settings.fixed)


def _descended(problem, frames, output, settings, descent) -> list[Mapping]:
    """Run the optimisation and put its losses and records together, segment by segment."""
    records: list[dict[int, dict]] = [{} for _ in frames]
    results: dict[int, tuple[int, np.ndarray]] = {}

    def record(iteration, segments, stack):
        for segment in segments:
            measured = curve_measures(stack[segment], frames[segment], output[segment])
            records[segment][iteration] = measured

    def observe(iteration):
        if settings.record_every and iteration % settings.record_every == 0:
            unfinished = [segment for segment in range(len(frames)) if segment not in results]
            record(iteration, unfinished, problem.mapping().numpy())
        if settings.tick:
            settings.tick(iteration)

    def finish(iteration, segments):
        stack = problem.mapping().numpy()
        record(iteration, segments, stack)
        results.update((segment, (iteration, stack[segment].copy())) for segment in segments)

    losses = descend(problem, descent.iterations, descent.learning_rate, descent.rule, observe, finish)
    losses = torch.cat([losses, problem.gradients()[0].cpu()[None]])
    mappings = []
    for segment, measured in enumerate(records):
        end, matrix = results[segment]
        loss = pd.DataFrame({"loss": losses[: end + 1, segment].numpy()})
        curve = loss.join(pd.DataFrame.from_dict(measured, orient="index"))
        mappings.append(Mapping(matrix, curve.rename_axis("iteration").reset_index()))
    return mappings


def curve_measures(matrix: np.ndarray, frames: np.ndarray, output: np.ndarray) -> dict[str, float]:
    """What the curve records of a matrix: fidelity on its own frames, and how diagonal it is."""
    estimate = frames @ matrix.T
    weighted = input_weighted(matrix, frames.mean(axis=0))
    measures = {f"relative_l{order}": relative_error(output, estimate, order) for order in (1, 2)}
    for prefix, weight in {"": matrix, "weighted_": weighted}.items():
        measures[f"{prefix}diagonal_share"] = band_share(weight, 0)
        measures[f"{prefix}band_share_{CURVE_BAND_BINS}"] = band_share(weight, CURVE_BAND_BINS)
    return measures


def _direct(find: Callable[[ExaminedModel, np.ndarray, np.ndarray], np.ndarray]) -> Callable:
    """Make a method of a function (model, frames, output) -> C that handles one segment without iterating."""

    def method(model, frames, output, settings, starts) -> list[Mapping]:
        results = []
        for x, y in zip(frames, output, strict=True):
            matrix = find(model, x, y)
            loss = np.abs(y - x @ matrix.T).sum(dtype=np.float64)
            row = {"iteration": 0, "loss": loss, **curve_measures(matrix, x, y)}
            results.append(Mapping(matrix, pd.DataFrame([row])))
        return results

    return method


METHODS: dict[str, Callable[..., list[Mapping]]] = {
    "nca": _nca,
    "nca_converged": _nca_converged,
    "nca_ones": _nca_ones,
    "student": _student,
    "jacobian": _direct(lambda model, x, y: mean_jacobian(model.layers, x, model.skip_filtering)),
    "jacobian_weighted": _direct(
        lambda model, x, y: weighted_mean_jacobian(model.layers, x, model.skip_filtering)
    ),
    "least_squares": _direct(lambda model, x, y: best_matrix(x, y)),
    "diagonal": _direct(lambda model, x, y: np.diag(best_diagonal(x, y))),
}
