"""Examine all segments of one model with one method, with progress, a batch of segments at a time."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from singmap.mapping.method import MappingSettings, map_segments
from singmap.mapping.store import MappingStore
from singmap.mapping.subject import ExaminedModel
from singmap.runtime.progress import Progress

SEGMENTS_AT_ONCE = {"cpu": 1, "cuda": 4}  # more fill a GPU better; on a CPU they only cost memory


def map_resumably(
    method: str,
    model: ExaminedModel,
    frames: Sequence[np.ndarray],
    settings: MappingSettings,
    starts: Sequence[int],
    store: MappingStore,
    label: str,
) -> None:
    """Map every segment that `store` does not hold yet, then write the whole files.

    `frames` are (n_frames, n_bins) each, `starts` the seeds of their random starts; `label` leads the lines
    of progress.
    """
    finished = store.finished(len(frames))
    pending = [segment for segment in range(len(frames)) if segment not in finished]
    progress = Progress(label, len(frames), "segments")
    progress.resume_at(len(finished))
    size = SEGMENTS_AT_ONCE[torch.device(settings.device).type]
    for batch in (pending[first : first + size] for first in range(0, len(pending), size)):
        lines = Progress(f"{label}, segment {batch[0]}", settings.descent_of(method).iterations, "iterations")
        ticking = replace(settings, tick=lambda done, lines=lines: lines.update() if done else None)
        stack = np.stack([frames[segment] for segment in batch])
        results = map_segments(method, model, stack, ticking, [starts[segment] for segment in batch])
        for segment, result in zip(batch, results, strict=True):
            store.keep(segment, result)
            progress.update(note=f"relative L1 error {result.curve['relative_l1'].iloc[-1]:.2f}")
    store.finish(len(frames))
