"""The mean Jacobian of each segment, by a model's layers where they are known, else by differentiation."""

from collections.abc import Callable, Sequence

import numpy as np

from singmap.mapping.examination import Examination
from singmap.mapping.function_jacobian import mean_function_jacobian
from singmap.mapping.result import MappingResult, direct_result
from singmap.models.layers import Layer


def mean_jacobians(
    examination: Examination,
    of_layers: Callable[[Sequence[Layer], np.ndarray, bool], np.ndarray],
    *,
    weighted: bool,
) -> list[MappingResult]:
    """Average the Jacobian over each segment's frames.

    of_layers : the mean (n_out, n_in) from layers, frames (n_frames, n_in) and whether the model is
        skip-filtering; weighted : by the input, as mean_function_jacobian does
    """
    subject = examination.subject

    def mean(frames: np.ndarray) -> np.ndarray:
        if subject.layers is None:
            return mean_function_jacobian(subject, frames, weighted)
        return of_layers(subject.layers, frames, subject.skip_filtering)

    return [direct_result(mean(x), x, y) for x, y in examination.pairs()]
