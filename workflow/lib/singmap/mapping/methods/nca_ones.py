"""Neural couplings all one, not trained: the paper's ablation."""

import numpy as np

from singmap.mapping.examination import Examination
from singmap.mapping.fit import fit_segments
from singmap.mapping.nca import CouplingsProblem, input_widths, problem_of
from singmap.mapping.result import MappingResult
from singmap.mapping.settings import DescentSettings

NEEDS_LAYERS = True
USES_GPU = True
SETTINGS = ("bias_axis", "precision")


def map_segments(examination: Examination) -> list[MappingResult]:
    """Evaluate couplings that are all one."""
    widths = input_widths(examination.subject)
    initial = [[np.ones((width, width)) for width in widths]] * len(examination.frames)
    problem = problem_of(CouplingsProblem, examination, initial)
    return fit_segments(problem, examination, DescentSettings(iterations=0))
