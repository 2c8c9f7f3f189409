"""Neural couplings at a stated fidelity: until C x is as near to the model's output as all others are."""

from singmap.mapping.examination import Examination
from singmap.mapping.fit import fit_segments
from singmap.mapping.gains import GainsProblem
from singmap.mapping.nca import problem_of, starting_couplings
from singmap.mapping.result import MappingResult

NEEDS_LAYERS = True
USES_GPU = True
SETTINGS = ("bias_axis", "equal_fidelity", "precision", "record_every_iterations")


def map_segments(examination: Examination) -> list[MappingResult]:
    """Fit gains from those of random couplings, each segment until it is reached or iterations are spent."""
    initial = starting_couplings(examination)
    problem = problem_of(GainsProblem, examination, initial)
    return fit_segments(problem, examination, examination.settings.equal_fidelity)
