"""What a mapping method is given: a model, frames, what the model made of them, and how to go about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from singmap.mapping.settings import MappingSettings
from singmap.mapping.subject import ExaminedModel
from singmap.runtime.progress import Progress


@dataclass(frozen=True)
class Examination:
    """Stacked segments of frames, checked, and the settings of all methods.

    subject : the model examined
    frames, output : (n_segments, n_frames, n_in) and the subject's output, (n_segments, n_frames, n_out)
    starts : one seed per segment, for methods that start at random
    progress : counts iterations; None: nobody is told
    """

    subject: ExaminedModel
    frames: np.ndarray
    output: np.ndarray
    settings: MappingSettings
    starts: Sequence[int]
    progress: Progress | None = None

    def pairs(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Frames and output of one segment after the other."""
        return zip(self.frames, self.output, strict=True)
