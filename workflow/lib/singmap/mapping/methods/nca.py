"""Neural couplings with a fixed number of iterations, as the paper has it."""

from singmap.mapping.examination import Examination
from singmap.mapping.fit import fit_segments
from singmap.mapping.nca import CouplingsProblem, problem_of, starting_couplings
from singmap.mapping.result import MappingResult

NEEDS_LAYERS = True
USES_GPU = True
SETTINGS = ("bias_axis", "iterations", "learning_rate", "precision", "record_every_iterations")


def map_segments(examination: Examination) -> list[MappingResult]:
    """Fit couplings from random starts, a fixed number of iterations."""
    initial = starting_couplings(examination)
    problem = problem_of(CouplingsProblem, examination, initial)
    return fit_segments(problem, examination, examination.settings.fixed)
