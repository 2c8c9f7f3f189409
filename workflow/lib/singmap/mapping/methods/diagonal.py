"""The best diagonal, the scalar filter: one gain per bin, the rest zero."""

import numpy as np

from singmap.mapping.diagonal import best_diagonal
from singmap.mapping.examination import Examination
from singmap.mapping.result import MappingResult, direct_result

NEEDS_LAYERS = False
USES_GPU = False
SETTINGS = ()


def map_segments(examination: Examination) -> list[MappingResult]:
    """Solve for the best gain of every bin."""
    return [direct_result(np.diag(best_diagonal(x, y)), x, y) for x, y in examination.pairs()]
