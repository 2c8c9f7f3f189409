"""Examine all segments of one model by one method; a killed run goes on with the next segment."""

import io
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import torch

from singmap.files.unfinished import Entry, UnfinishedRun
from singmap.mapping.method import map_segments
from singmap.mapping.result import MappingResult
from singmap.mapping.settings import MappingSettings
from singmap.mapping.store import LOWER_RATE, require_matrix
from singmap.mapping.subject import ExaminedModel
from singmap.runtime.errors import InputError
from singmap.runtime.progress import Progress

SEGMENTS_AT_ONCE = {"cpu": 1, "cuda": 4}  # more fill a GPU better; on a CPU they only cost memory


def map_resumably(
    method: str,
    subject: ExaminedModel,
    frames: Sequence[np.ndarray],
    settings: MappingSettings,
    starts: Sequence[int],
    run: UnfinishedRun,
    label: str,
) -> None:
    """Map every segment that `run` does not hold yet, and keep each result there; see `kept_results`.

    `frames` are (n_frames, n_bins) each, `starts` the seeds of their random starts; `label` leads the lines
    of progress.
    """
    pending = [segment for segment in range(len(frames)) if run.load(_name(segment)) is None]
    progress = Progress(label, len(frames), "segments")
    progress.resume_at(len(frames) - len(pending))
    size = SEGMENTS_AT_ONCE[torch.device(settings.device).type]
    for batch in (pending[first : first + size] for first in range(0, len(pending), size)):
        iterations = Progress(f"{label}, segment {batch[0]}", None, "iterations")
        stack = np.stack([frames[segment] for segment in batch])
        seeds = [starts[segment] for segment in batch]
        results = map_segments(method, subject, stack, settings, seeds, iterations)
        for segment, result in zip(batch, results, strict=True):
            require_matrix(f"{label}, segment {segment}", result.matrix, LOWER_RATE)
            run.keep(_name(segment), _entry(result))
            progress.update(note=f"relative L1 error {result.curve['relative_l1'].iloc[-1]:.2f}")


def kept_results(run: UnfinishedRun, n_segments: int) -> Iterator[MappingResult]:
    """The results of all segments in their order, loaded one by one: together they may fill the memory.

    Raises InputError for a segment that is missing or damaged.
    """
    for segment in range(n_segments):
        entry = run.load(_name(segment))
        if entry is None:
            raise InputError(f"{run.folder}, segment {segment}", "its result", "none", "run snakemake again")
        yield MappingResult(entry.arrays["matrix"], pd.read_csv(io.StringIO(entry.facts["curve"])))


def _name(segment: int) -> str:
    return f"segment{segment}"


def _entry(result: MappingResult) -> Entry:
    """A result as it is kept, in float32.

    The curve is kept as the text of a CSV table: pandas reads some numbers back one unit in the last place
    off, so that another form would give other files than earlier studies have.
    """
    return Entry({"matrix": result.matrix.astype(np.float32)}, {"curve": result.curve.to_csv(index=False)})
