"""Neural couplings with a fixed number of iterations, as the paper has it."""

from singmap.mapping.examination import Examination
from singmap.mapping.fit import fit_segments
from singmap.mapping.nca import CouplingsProblem, input_widths, problem_of, xavier_couplings
from singmap.mapping.result import MappingResult

NEEDS_LAYERS = True
SETTINGS = ("bias_axis", "iterations", "learning_rate", "precision", "record_every_iterations")


def map_segments(examination: Examination) -> list[MappingResult]:
    """Fit couplings from random starts, a fixed number of iterations."""
    widths = input_widths(examination.subject)
    initial = [xavier_couplings(widths, start) for start in examination.starts]
    problem = problem_of(CouplingsProblem, examination, initial)
    return fit_segments(problem, examination, examination.settings.fixed)
