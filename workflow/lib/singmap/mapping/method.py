"""One interface to all mapping methods: the model examined and some frames in, one result per segment out."""

import importlib
from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np

from singmap.mapping.examination import Examination
from singmap.mapping.registry import method_module, method_names
from singmap.mapping.result import MappingResult
from singmap.mapping.settings import MappingSettings
from singmap.mapping.subject import ExaminedModel, check_frames
from singmap.runtime.errors import InputError
from singmap.runtime.progress import Progress


class Method(Protocol):
    """What a module of singmap.mapping.methods offers.

    NEEDS_LAYERS : whether the model's layers must be known
    USES_GPU : whether the method computes on `settings.device`; others get no GPU
    SETTINGS : keys of the configuration's section ``mapping`` that the method reads
    """

    NEEDS_LAYERS: bool
    USES_GPU: bool
    SETTINGS: tuple[str, ...]

    def map_segments(self, examination: Examination) -> list[MappingResult]:
        """One result per segment of an examination."""


def load_method(name: str) -> Method:
    """The module of a mapping method; raises InputError, which lists all methods, for an unknown name."""
    return cast(Method, importlib.import_module(method_module(name)))


def map_segments(
    method: str,
    subject: ExaminedModel,
    frames: np.ndarray,
    settings: MappingSettings | None = None,
    starts: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> list[MappingResult]:
    """Examine `subject` on stacked segments (n_segments, n_frames, n_in) by one method.

    `starts` are the seeds of the random starts, one per segment (default: 0, 1, ...); `progress` counts
    iterations, where there are any. Raises InputError for an unknown method, for frames without content, for
    a dead model and for a model without needed layers.
    """
    chosen = load_method(method)
    if chosen.NEEDS_LAYERS and subject.layers is None:
        served = ", ".join(name for name in method_names() if not load_method(name).NEEDS_LAYERS)
        where = f"mapping method {method}"
        raise InputError(where, "a model with known layers", "a function", f"use one of {served}")
    if frames.ndim != 3 or not len(frames):
        raise InputError("segments", "shape (n_segments, n_frames, n_bins)", f"{frames.shape}")
    for index, segment in enumerate(frames):
        check_frames(segment, f"frames of segment {index}")
    output = np.stack([subject.output(segment) for segment in frames])
    starts = range(len(frames)) if starts is None else starts
    settings = settings or MappingSettings()
    return chosen.map_segments(Examination(subject, frames, output, settings, starts, progress))


def start_seed(seed: int, segment: int) -> int:
    """Seed of the random start for one segment of the model with the training seed `seed`."""
    return int(np.random.SeedSequence([seed, segment]).generate_state(1)[0])
