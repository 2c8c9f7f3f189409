"""Examine all segments of one model by one method; a killed run goes on with the next segment."""

import io
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from singmap.compute.device import memory_advice
from singmap.files.storage import remove_emptied
from singmap.files.tables import Segments, read_table, rows_of
from singmap.files.unfinished import Entry, UnfinishedRun, data_digest, run_key
from singmap.mapping.method import load_method, map_segments, start_seed
from singmap.mapping.result import MappingResult
from singmap.mapping.segments import fitted_frames
from singmap.mapping.settings import MappingSettings, settings_of
from singmap.mapping.store import LOWER_RATE, require_matrix, write_curves, write_stack
from singmap.mapping.subject import ExaminedModel, examine
from singmap.models.checkpoints import load_model
from singmap.models.provenance import read_provenance
from singmap.runtime.errors import InputError
from singmap.runtime.progress import Progress
from singmap.spectra.cache import Magnitudes

MEMORY_REMEDY = "lower mapping.segment_frames; on a GPU let fewer jobs share it"
SEGMENTS_AT_ONCE = {"cpu": 1, "cuda": 4}  # more fill a GPU better; on a CPU they only cost memory


@dataclass(frozen=True)
class MappingJob:
    """A trained model to be examined on all segments by one or more methods.

    weights, provenance : its files
    segments : the table Segments, about the rows of the magnitudes `mixture`
    settings : the configuration's section ``mapping`` as far as it matters here
    code : digests of the code
    unfinished : folder that keeps the finished segments of unfinished runs
    """

    model: str
    seed: int
    weights: Path
    provenance: Path
    segments: Path
    mixture: Path
    settings: dict[str, Any]
    device: torch.device
    code: dict[str, str]
    unfinished: Path

    def write(self, method: str, mapping: Path, curve: Path, dtype: str) -> None:
        """Examine all segments by one method; write the matrices, as `Mappings` reads them, and curves.

        Results stay in `unfinished` until `clear`: when a job is killed, all that it wrote is made again.
        """
        rows, spectra = rows_of(read_table(self.segments, Segments)), Magnitudes(self.mixture)
        frames = [fitted_frames(row, spectra) for row in rows]
        starts = [start_seed(self.seed, row.segment) for row in rows]
        facts = {"method": method, "settings": self.settings, "code": self.code}
        facts |= {"frames": data_digest(*frames)}
        facts |= {"weights": read_provenance(self.provenance)["weights_sha256"]}
        run = UnfinishedRun(self.unfinished / method, run_key(facts))
        device = self.device if load_method(method).USES_GPU else torch.device("cpu")
        options = settings_of(self.settings, str(device))
        label = f"map {self.model} seed {self.seed} {method}"
        with memory_advice(label, MEMORY_REMEDY):
            network = examine(load_model(self.weights, self.provenance).to(device))
            map_resumably(method, network, frames, options, starts, run, label)
        write_stack(mapping, lambda: _matrices(run, len(frames)), len(frames), dtype)
        write_curves(curve, kept_results(run, len(frames)))

    def clear(self, methods: Sequence[str]) -> None:
        """Remove what is kept of these methods, when all that the job writes is there."""
        for method in methods:
            shutil.rmtree(self.unfinished / method, ignore_errors=True)
        remove_emptied(self.unfinished, self.unfinished.parent)


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


def _matrices(run: UnfinishedRun, n_segments: int) -> Iterator[np.ndarray]:
    return (result.matrix for result in kept_results(run, n_segments))


def _name(segment: int) -> str:
    return f"segment{segment}"


def _entry(result: MappingResult) -> Entry:
    """A result as it is kept, in float32.

    The curve is kept as the text of a CSV table: pandas reads some numbers back one unit in the last place
    off, so that another form would give other files than earlier studies have.
    """
    return Entry({"matrix": result.matrix.astype(np.float32)}, {"curve": result.curve.to_csv(index=False)})
